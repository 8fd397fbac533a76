import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableKernels, blockNodes, nodeLevel } from '../../src/proof/kernels.ts';
import { cut, hex, referenceRoot, sha256, testBytes } from './reference-tree.ts';

const BLOCK = testBytes(4096, 77);
const LEAVES = cut(BLOCK, 64);

/** Every node of the block's tree, each by the recursive definition. */
const NODES = [1, 2, 4, 8, 16, 32, 64].flatMap((width) =>
  Array.from({ length: 64 / width }, (_, i) => hex(referenceRoot(LEAVES.slice(i * width, (i + 1) * width)))),
);

for (const kernel of availableKernels()) {
  test(`${kernel.path}: all nodes of a block, level by level`, () => {
    for (const offset of [0, 1, 17]) {
      const memory = new Uint8Array(new SharedArrayBuffer(9000));
      memory.set(BLOCK, offset);
      const out = memory.subarray(4200 + offset, 4200 + offset + 127 * 32);
      kernel.blockNodes(memory.subarray(offset, offset + 4096), out);
      assert.deepEqual(cut(out, 32).map(hex), NODES);
    }
  });

  test(`${kernel.path}: a level of 1 to 70 nodes, an unpaired last one carried up`, () => {
    const nodes = testBytes(70 * 32, 78);
    for (let count = 1; count <= 70; count++) {
      const below = cut(nodes.subarray(0, count * 32), 32);
      const out = new Uint8Array(Math.ceil(count / 2) * 32);
      kernel.nodeLevel(nodes.subarray(0, count * 32), out);
      const expected = cut(out, 32).map((_, i) => {
        const [left = out, right] = below.slice(2 * i, 2 * i + 2);
        return hex(right === undefined ? left : sha256(Uint8Array.of(1), left, right));
      });
      assert.deepEqual(cut(out, 32).map(hex), expected, `${count} nodes`);
    }
  });
}

test('other lengths are refused', () => {
  const refused = { code: 'PROVENDER_INVALID' };
  for (const [block, out] of [
    [4095, 4064],
    [4097, 4064],
    [4096, 4063],
    [0, 0],
  ] as const)
    assert.throws(() => blockNodes(new Uint8Array(block), new Uint8Array(out)), refused);
  for (const length of [0, 31, 33]) assert.throws(() => nodeLevel(new Uint8Array(length)), refused);
  const one = testBytes(32, 5);
  const above = nodeLevel(one);
  assert.deepEqual(above, one);
  assert.notEqual(above.buffer, one.buffer);
  blockNodes(BLOCK, new Uint8Array(127 * 32));
});
