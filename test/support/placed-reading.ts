import assert from 'node:assert/strict';
import { PlacedReader, type PlacedReaderOptions } from '../../src/placement/reading/placed-reader.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { type HolderScript, ScriptedHolders } from './scripted-holders.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Scripted holders of a file, a reader over them, and the clock of both. */
export interface TestReading {
  readonly held: ScriptedHolders;
  readonly reader: PlacedReader;
  readonly clock: VirtualClock;
  /** Reads a range to its end, in pieces of at most 256 KiB, while time passes as it is waited for. */
  readonly read: (range?: { readonly offset?: number; readonly length?: number }) => Promise<Buffer>;
}

/** Opens a reader over holders with these scripts. */
export function openReading(
  content: Uint8Array,
  scripts: readonly HolderScript[],
  options: Partial<PlacedReaderOptions> & { readonly profile?: number } = {},
): TestReading {
  const clock = new VirtualClock();
  const held = new ScriptedHolders(content, scripts, { clock, profile: options.profile ?? 0 });
  const reader = new PlacedReader({
    calls: held,
    clock,
    hasher: inlineHasher,
    events: held.events,
    ...options,
  });
  const read = async (range: { offset?: number; length?: number }): Promise<Buffer> => {
    const { data, length } = await reader.open(held.file, range);
    const parts: Buffer[] = [];
    for await (const piece of data) {
      assert.ok(piece.length > 0 && piece.length <= 256 * 1024);
      parts.push(Buffer.from(piece));
    }
    const bytes = Buffer.concat(parts);
    assert.equal(bytes.length, length);
    return bytes;
  };
  return { held, reader, clock, read: (range = {}) => clock.drive(read(range)) };
}
