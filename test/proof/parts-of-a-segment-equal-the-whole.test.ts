import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BlockRange } from '../../src/content/block-range.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { passWork, type SegmentPart } from '../../src/proof/pass-work.ts';
import { BLOCK, decodePart, encodedSegment, type EncodedSegment, oddCopy } from './encoded-segments.ts';

const passes = fc.constantFrom(1, 2);
const blocks = fc.constantFrom(1, 2, 3, 33, 64);

/** Cuts a segment in runs, in the order of the pass. */
function runs(pass: number, count: number, cuts: readonly number[]): BlockRange[] {
  const ends = [...new Set([0, ...cuts.map((cut) => cut % (count + 1)), count])].sort((a, b) => a - b);
  const ranges = ends.slice(1).map((end, i) => ({ first: ends[i] ?? 0, end }));
  return pass === 1 ? ranges : ranges.reverse();
}

const cutIn = ({ first, end }: BlockRange, bytes: Uint8Array): Uint8Array =>
  bytes.subarray(first * BLOCK, end * BLOCK);

for (const kernel of availableKernels()) {
  test(`${kernel.path}: a segment encoded in any runs is the segment encoded at once`, () => {
    fc.assert(
      fc.property(passes, blocks, fc.array(fc.nat(), { maxLength: 5 }), (pass, count, cuts) => {
        const { id, plain, encoded } = encodedSegment(pass, count);
        const bytes = oddCopy(plain, cuts.length);
        for (const range of runs(pass, count, cuts))
          kernel.encodePass(...passWork(pass, [{ id, bytes, blocks: range }]));
        assert.deepEqual(bytes, encoded);
      }),
      { numRuns: 20 },
    );
  });

  test(`${kernel.path}: it is decoded in any runs, elsewhere and in place`, () => {
    fc.assert(
      fc.property(passes, blocks, fc.array(fc.nat(), { maxLength: 5 }), (pass, count, cuts) => {
        const { id, plain, encoded } = encodedSegment(pass, count);
        const bytes = oddCopy(encoded, cuts.length + 1);
        for (const range of runs(pass, count, cuts)) {
          const out = oddCopy(new Uint8Array((range.end - range.first) * BLOCK), range.first);
          decodePart(kernel, pass, { id, bytes, blocks: range }, out);
          assert.deepEqual(out, cutIn(range, plain));
        }
        assert.deepEqual(bytes, encoded, 'what is decoded elsewhere is left as it was');
        for (const [i, blocks] of runs(pass, count, cuts).reverse().entries()) {
          const part = { id, bytes, blocks };
          if (i % 2 === 0) kernel.decodePass(...passWork(pass, [part]));
          else decodePart(kernel, pass, part, cutIn(blocks, bytes));
        }
        assert.deepEqual(bytes, plain);
      }),
      { numRuns: 20 },
    );
  });

  test(`${kernel.path}: runs of many segments side by side, of different lengths and from different places`, () => {
    const side = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 4 }), done: fc.nat(), more: fc.nat() }),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(passes, side, (pass, all) => {
        const parts = all.map((one, i) =>
          halfEncoded(pass, encodedSegment(pass, one.count), { ...one, turn: i }),
        );
        kernel.encodePass(
          ...passWork(
            pass,
            parts.map(({ part }) => part),
          ),
        );
        for (const { part, expected } of parts) assert.deepEqual(part.bytes, expected);
      }),
      { numRuns: 8 },
    );
  });

  test(`${kernel.path}: 64 lone chunks are decoded in one call`, () => {
    for (const pass of [1, 2]) {
      const all = Array.from({ length: 64 }, (_, i) => encodedSegment(pass, 1, i));
      const parts = all.map(({ id, encoded }, i) => ({ id, bytes: oddCopy(encoded, i) }));
      kernel.decodePass(...passWork(pass, parts));
      assert.deepEqual(
        parts.map(({ bytes }) => bytes),
        all.map(({ plain }) => plain),
      );
    }
  });
}

/** A segment whose first `done` blocks of the pass are encoded, the part that comes next, and what it then has to be. */
function halfEncoded(
  pass: number,
  { id, blocks: count, plain, encoded }: EncodedSegment,
  { done, more, turn }: { done: number; more: number; turn: number },
): { part: SegmentPart; expected: Uint8Array } {
  const first = done % count;
  const end = first + 1 + (more % (count - first));
  const natural = (from: number, to: number): BlockRange =>
    pass === 1 ? { first: from, end: to } : { first: count - to, end: count - from };
  const upTo = (places: number): Uint8Array => {
    const range = natural(0, places);
    const bytes = oddCopy(plain, turn);
    bytes.set(cutIn(range, encoded), range.first * BLOCK);
    return bytes;
  };
  return { part: { id, bytes: upTo(first), blocks: natural(first, end) }, expected: upTo(end) };
}
