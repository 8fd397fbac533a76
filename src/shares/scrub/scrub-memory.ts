import { ProvenderError } from '../../content/provender-error.ts';
import { SCRUB_RECORD, type ScrubRecord } from './round-position.ts';

/** Where a scrubber keeps one text over restarts. */
export interface ScrubMemory {
  /** The last text that was saved; `undefined` at first. */
  load(): Promise<string | undefined>;
  /** Saves durably: whole or not at all. */
  save(text: string): Promise<void>;
}

/** A record that has nothing to tell. */
export function emptyRecord(unixMs: number): ScrubRecord {
  return { version: 1, state: 'idle', sinceUnixMs: unixMs, lastDamage: [] };
}

/** Reads what was saved. @throws ProvenderError `PROVENDER_CORRUPT` when it is no record of this version */
export function parseRecord(text: string): ScrubRecord {
  try {
    return SCRUB_RECORD.parse(JSON.parse(text));
  } catch (cause) {
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      'the saved position of the scrubber cannot be read; it begins from the start',
      { cause },
    );
  }
}
