import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockRoots } from '../../src/proof/kernels.ts';
import { CODER_RUN_BLOCKS, inlineCoder } from '../../src/proof/replica-coder.ts';
import { BLOCK, encodedSegment, oddCopy } from './encoded-segments.ts';

function rootsOf(bytes: Uint8Array): Uint8Array {
  const roots = new Uint8Array((bytes.length / BLOCK) * 32);
  blockRoots(bytes, roots);
  return roots;
}

for (const pass of [1, 2]) {
  test(`pass ${pass}: runs are encoded with the roots of their layer and decoded with those of the one below`, async () => {
    const { id, plain, encoded } = encodedSegment(pass, 300);
    const segment = { id, bytes: oddCopy(plain, 1) };
    const ranges = [
      { first: 0, end: CODER_RUN_BLOCKS },
      { first: CODER_RUN_BLOCKS, end: 300 },
    ];
    const inOrder = pass === 1 ? ranges : ranges.toReversed();
    for (const blocks of inOrder) {
      const roots = new Uint8Array(32 * (blocks.end - blocks.first));
      await inlineCoder.encode({ pass, segment, blocks, roots });
      assert.deepEqual(roots, rootsOf(encoded.subarray(blocks.first * BLOCK, blocks.end * BLOCK)));
    }
    assert.deepEqual(segment.bytes, encoded);
    for (const blocks of inOrder.toReversed()) {
      const roots = new Uint8Array(32 * (blocks.end - blocks.first));
      const expected = plain.subarray(blocks.first * BLOCK, blocks.end * BLOCK);
      const out = new Uint8Array(expected.length);
      await inlineCoder.decode({ pass, segment, blocks, out });
      assert.deepEqual(out, expected);
      const place = segment.bytes.subarray(blocks.first * BLOCK, blocks.end * BLOCK);
      await inlineCoder.decode({ pass, segment, blocks, out: place, roots });
      assert.deepEqual(place, expected);
      assert.deepEqual(roots, rootsOf(expected));
    }
  });
}

test('it rejects what the kernels throw', async () => {
  const segment = { id: new Uint8Array(32), bytes: new Uint8Array(BLOCK) };
  const blocks = { first: 0, end: 2 };
  const roots = new Uint8Array(64);
  await assert.rejects(inlineCoder.encode({ pass: 1, segment, blocks, roots }), {
    code: 'PROVENDER_INVALID',
  });
  await assert.rejects(inlineCoder.decode({ pass: 1, segment, blocks, out: roots }), {
    code: 'PROVENDER_INVALID',
  });
});
