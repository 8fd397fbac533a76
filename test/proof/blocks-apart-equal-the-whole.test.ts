import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { availableKernels, decodeApart } from '../../src/proof/kernels.ts';
import { apartWork } from '../../src/proof/pass-work.ts';
import { apartBlock, BLOCK, encodedSegment } from './encoded-segments.ts';

for (const kernel of availableKernels()) {
  test(`${kernel.path}: every block of small segments, all of a segment in one call`, () => {
    for (const pass of [1, 2]) {
      for (const count of [1, 2, 3, 33, 64]) {
        const segment = encodedSegment(pass, count);
        const apart = Array.from({ length: count }, (_, block) => apartBlock(pass, segment, block));
        const out = new Uint8Array(count * BLOCK);
        kernel.decodeApart(...apartWork(pass, apart, out));
        assert.deepEqual(out, segment.plain, `pass ${pass}, ${count} blocks`);
      }
    }
  });

  test(`${kernel.path}: any blocks of segments of 300, mixed with lone ones`, () => {
    const wanted = fc.array(fc.tuple(fc.constantFrom(1, 33, 300), fc.nat()), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(1, 2), wanted, (pass, list) => {
        const found = list.map(([count, number]) => ({
          segment: encodedSegment(pass, count),
          block: number % count,
        }));
        const out = new Uint8Array(list.length * BLOCK);
        kernel.decodeApart(
          ...apartWork(
            pass,
            found.map(({ segment, block }) => apartBlock(pass, segment, block)),
            out,
          ),
        );
        const expected = found.map(({ segment, block }) =>
          segment.plain.subarray(block * BLOCK, (block + 1) * BLOCK),
        );
        assert.deepEqual(out, new Uint8Array(Buffer.concat(expected)));
      }),
      { numRuns: 15 },
    );
  });
}

test('what was gathered wrongly is refused', () => {
  const good = apartBlock(1, encodedSegment(1, 33), 20);
  const out = new Uint8Array(BLOCK);
  const short = new Uint8Array(31);
  const [, ...five] = good.parents;
  const refused = { code: 'PROVENDER_INVALID' };
  for (const [pass, bad] of [
    [1, { id: short }],
    [1, { own: short }],
    [1, { before: short }],
    [1, { parents: five }],
    [1, { parents: [...five, short] }],
    [1, { block: 33 }],
    [1, { block: -1 }],
    [1, { block: 1.5 }],
    [1, { blocks: 0 }],
    [1, { blocks: 32769 }],
    [3, {}],
    [0, {}],
  ] as const)
    assert.throws(() => decodeApart(pass, [{ ...good, ...bad }], out), refused);
  assert.throws(() => decodeApart(1, [good, good], out), refused);
  assert.deepEqual(out, new Uint8Array(BLOCK), 'nothing was written');
  decodeApart(1, [], new Uint8Array());
  decodeApart(1, [good], out);
  assert.deepEqual(out, encodedSegment(1, 33).plain.subarray(20 * BLOCK, 21 * BLOCK));
});
