import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openReading } from '../support/placed-reading.ts';
import type { HolderScript } from '../support/scripted-holders.ts';

const MIB = 2 ** 20;
const SIZES = [1, 4096, 70_001, 4 * MIB, 4 * MIB + 1, 9 * MIB + 4321];
const CONTENTS = new Map(SIZES.map((size) => [size, testBytes(size, size)]));
const RUNS = process.env['PROVENDER_TEST_LONG'] === undefined ? 60 : 1000;

const bytes = fc.integer({ min: 0, max: 10 * MIB });
const pace = fc.record(
  { delayMs: fc.constantFrom(0, 1, 40, 700), piece: fc.constantFrom(65_536, 100_000, MIB) },
  { requiredKeys: [] },
);
const harm = fc.oneof(
  fc.constant<HolderScript>({ isDead: true }),
  fc.constant<HolderScript>({ isEmpty: true }),
  bytes.map((diesAfter): HolderScript => ({ diesAfter })),
  bytes.map((hangsAfter): HolderScript => ({ hangsAfter })),
  bytes.map((endsAfter): HolderScript => ({ endsAfter })),
  bytes.map((flips): HolderScript => ({ flips })),
  fc.constantFrom('stripes', 'blocks').map((liesOf): HolderScript => ({ liesOf })),
  fc.constantFrom(-33, -32, -1, 1, 32, 5 * MIB).map((rootsOff): HolderScript => ({ rootsOff })),
  fc.constantFrom(1, 4096, MIB).map((more): HolderScript => ({ more })),
);
const holder = fc.tuple(pace, harm).map(([own, other]) => ({ ...own, ...other }));
const range = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});
const reading = fc.record({
  size: fc.constantFrom(...SIZES),
  profile: fc.constantFrom(0, 2),
  others: fc.array(holder, { maxLength: 5 }),
  honest: pace,
  place: fc.nat({ max: 5 }),
  range,
});

/** The range of a file that two fractions mean. */
function rangeOf(
  size: number,
  { at, part }: { at: number; part: number },
): { offset: number; length: number } {
  const offset = Math.floor(at * size);
  return { offset, length: Math.floor(part * (size - offset)) };
}

test('one honest holder among any others gives exactly the bytes', async () => {
  const property = fc.asyncProperty(
    reading,
    async ({ size, profile, others, honest, place, range: fractions }) => {
      const content = CONTENTS.get(size) ?? new Uint8Array();
      const scripts = others.toSpliced(Math.min(place, others.length), 0, honest);
      const { read, reader } = openReading(content, scripts, { profile });
      const { offset, length } = rangeOf(size, fractions);
      assert.ok((await read({ offset, length })).equals(content.subarray(offset, offset + length)));
      assert.equal(reader.inUse.readings, 0);
    },
  );
  await fc.assert(property, { numRuns: RUNS });
});

test('without an honest holder a reading gives the right bytes or fails, never wrong ones', async () => {
  const mortal = holder.filter(({ hangsAfter }) => hangsAfter === undefined); // of those that hang the call's own limit makes dead ones
  const without = fc.record({
    size: fc.constantFrom(...SIZES),
    profile: fc.constantFrom(0, 2),
    others: fc.array(mortal, { maxLength: 4 }),
    range,
  });
  const property = fc.asyncProperty(without, async ({ size, profile, others, range: fractions }) => {
    const content = CONTENTS.get(size) ?? new Uint8Array();
    const { read } = openReading(content, others, { profile });
    const { offset, length } = rangeOf(size, fractions);
    try {
      assert.ok((await read({ offset, length })).equals(content.subarray(offset, offset + length)));
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_UNAVAILABLE')) throw error;
    }
  });
  await fc.assert(property, { numRuns: RUNS });
});
