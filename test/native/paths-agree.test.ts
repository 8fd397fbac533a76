import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kernel } from '../../src/proof/kernel.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { cut, hex, referenceDataRoot, referenceRoot, sha256, testBytes } from '../proof/reference-tree.ts';

const DATA = testBytes(40 * 4096 + 64, 12);
const ROOTS = cut(DATA.subarray(0, 40 * 4096), 4096).map(referenceDataRoot);

function rootsOf(kernel: Kernel, data: Uint8Array): string {
  const out = new Uint8Array(32 * Math.ceil(data.length / 4096));
  kernel.blockRoots(data, out);
  return hex(out);
}

for (const kernel of availableKernels()) {
  test(`${kernel.path}: 1 to 40 blocks, so every remainder of lanes`, () => {
    for (let blocks = 1; blocks <= 40; blocks++) {
      const expected = hex(Buffer.concat(ROOTS.slice(0, blocks)));
      assert.equal(rootsOf(kernel, DATA.subarray(0, blocks * 4096)), expected, `${blocks} blocks`);
    }
  });

  test(`${kernel.path}: a last block of any length counts as zero padded`, () => {
    for (const length of [1, 2, 63, 64, 65, 4095, 4097, 8191, 3 * 4096 + 17, 17 * 4096 + 1]) {
      const data = DATA.subarray(0, length);
      const padded = new Uint8Array(Math.ceil(length / 4096) * 4096);
      padded.set(data);
      const expected = hex(Buffer.concat(cut(padded, 4096).map(referenceDataRoot)));
      assert.equal(rootsOf(kernel, data), expected, `${length} bytes`);
    }
  });

  test(`${kernel.path}: data and roots at odd addresses, also shared ones`, () => {
    const expected = hex(Buffer.concat(ROOTS.slice(0, 19)));
    for (const buffer of [new ArrayBuffer(90_000), new SharedArrayBuffer(90_000)]) {
      for (const offset of [0, 1, 3, 17, 63]) {
        const data = new Uint8Array(buffer, offset, 19 * 4096);
        data.set(DATA.subarray(0, data.length));
        const out = new Uint8Array(buffer, 80_000 + offset, 19 * 32);
        kernel.blockRoots(data, out);
        assert.equal(hex(out), expected, `offset ${offset}`);
        assert.equal(hex(data), hex(DATA.subarray(0, data.length)), 'the input is not changed');
      }
    }
  });

  test(`${kernel.path}: every byte at the end of a leaf, whose schedule may come from a table`, () => {
    const data = new Uint8Array(4 * 4096);
    for (let leaf = 0; leaf < 256; leaf++) data[leaf * 64 + 63] = leaf;
    assert.equal(rootsOf(kernel, data), hex(Buffer.concat(cut(data, 4096).map(referenceDataRoot))));
  });

  test(`${kernel.path}: folds 1 to 130 nodes as the recursive tree does`, () => {
    const leaves = cut(DATA.subarray(0, 130 * 64), 64);
    const nodes = Buffer.concat(leaves.map((leaf) => sha256(Uint8Array.of(0), leaf)));
    const out = new Uint8Array(32);
    for (let count = 1; count <= 130; count++) {
      kernel.foldRoots(nodes.subarray(0, count * 32), out);
      assert.equal(hex(out), hex(referenceRoot(leaves.slice(0, count))), `${count} nodes`);
    }
  });

  test(`${kernel.path}: ids of 0 to 70 chunks equal plain hashes of their preimages`, () => {
    const lengths = Uint16Array.from({ length: 70 }, (_, i) => (i * 59) % 4097);
    const expected = Array.from(lengths, (length, i) => {
      const preimage = Buffer.alloc(77);
      preimage.write('provender/object/v1');
      preimage[32] = 1;
      preimage.writeBigUInt64BE(BigInt(length), 33);
      preimage.writeUInt32BE(1, 41);
      preimage.set(DATA.subarray(i * 32, i * 32 + 32), 45);
      return hex(sha256(preimage));
    });
    for (const count of [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 70]) {
      const out = new Uint8Array(count * 32);
      kernel.chunkIds(DATA.subarray(0, count * 32), lengths.subarray(0, count), out);
      assert.deepEqual(cut(out, 32).map(hex), expected.slice(0, count));
    }
  });

  test(`${kernel.path}: the yardstick compresses at least what is asked`, () => {
    for (const bytes of [0, 1, 100_000]) assert.ok(kernel.compress(bytes) >= bytes);
  });
}
