import { ProvenderError } from '../../content/provender-error.ts';

/**
 * What sublevel `i` says of a tag: a head is there when index rows may lie under the tag, so that they can be found and deleted. That is from the
 * start of a publish, and after a removal.
 */
export interface StagedRecord {
  readonly head?: Uint8Array;
}

const VERSION = 1;

/** u8 1 ‖ head, or u8 1 alone. */
export function encodeStagedRecord(head?: Uint8Array): Uint8Array {
  return head === undefined ? Uint8Array.of(VERSION) : Uint8Array.from([VERSION, ...head]);
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for an unknown version */
export function decodeStagedRecord(bytes: Uint8Array): StagedRecord {
  if (bytes[0] !== VERSION)
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `record of staged data: version ${bytes[0]}, known is ${VERSION}`,
    );
  return bytes.length === 1 ? {} : { head: bytes.slice(1) };
}
