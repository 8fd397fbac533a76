import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBlocks, decodePass, encodePass } from '../../src/proof/kernels.ts';
import { BLOCK, encodedSegment, oddCopy } from './encoded-segments.ts';

const refused = { code: 'PROVENDER_INVALID' };
const { id, plain, encoded } = encodedSegment(1, 33);

test('a part that its segment does not have is refused', () => {
  const bytes = plain.slice();
  for (const [first, end] of [
    [0, 34],
    [-1, 3],
    [4, 3],
    [0.5, 2],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.throws(() => encodePass(1, [{ id, bytes, blocks: { first, end } }]), refused);
    assert.throws(
      () => decodeBlocks(1, { id, bytes, blocks: { first, end } }, new Uint8Array(BLOCK)),
      refused,
    );
  }
  assert.deepEqual(bytes, plain, 'nothing was written');
});

test('other passes than 1 and 2 are refused', () => {
  for (const pass of [0, 3, -1, 1.5, Number.NaN]) {
    assert.throws(() => encodePass(pass, [{ id, bytes: plain.slice() }]), refused);
    assert.throws(() => decodePass(pass, [{ id, bytes: plain.slice() }]), refused);
  }
});

test('no blocks are nothing to do', () => {
  const bytes = oddCopy(encoded);
  const blocks = { first: 7, end: 7 };
  for (const pass of [1, 2]) {
    encodePass(pass, [{ id, bytes, blocks }]);
    decodeBlocks(pass, { id, bytes, blocks }, new Uint8Array());
    decodePass(pass, []);
  }
  assert.deepEqual(bytes, encoded);
});

test('blocks are decoded to where they are or elsewhere, never over other bytes of their segment', () => {
  const bytes = encoded.slice();
  const part = { id, bytes, blocks: { first: 3, end: 5 } };
  for (const at of [0, 2 * BLOCK, 3 * BLOCK - 1, 3 * BLOCK + 1, 4 * BLOCK, 31 * BLOCK])
    assert.throws(() => decodeBlocks(1, part, bytes.subarray(at, at + 2 * BLOCK)), refused);
  for (const length of [0, BLOCK, 2 * BLOCK - 1, 3 * BLOCK])
    assert.throws(() => decodeBlocks(1, part, new Uint8Array(length)), refused);
  assert.deepEqual(bytes, encoded);
  const memory = new Uint8Array(40 * BLOCK);
  const inside = memory.subarray(2 * BLOCK, 35 * BLOCK);
  inside.set(encoded);
  for (const at of [0, 35 * BLOCK]) {
    const out = memory.subarray(at, at + 2 * BLOCK);
    decodeBlocks(1, { ...part, bytes: inside }, out);
    assert.deepEqual(out, plain.subarray(3 * BLOCK, 5 * BLOCK), 'beside the segment in one buffer');
  }
  decodeBlocks(1, { id, bytes }, bytes);
  assert.deepEqual(bytes, plain, 'all blocks when none are named');
});
