import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockRoots, foldRoots } from '../../src/proof/kernels.ts';
import { foldNodes, leafHashes } from '../../src/proof/merkle.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { cut, hex, referenceDataRoot, referenceRoot, sha256, testBytes } from './reference-tree.ts';

test('the bottom-up tree equals the recursive one for 1 to 300 leaves', () => {
  const bytes = testBytes(300 * 64);
  for (let count = 1; count <= 300; count++) {
    const leaves = bytes.subarray(0, count * 64);
    assert.equal(hex(foldNodes(leafHashes(leaves))), hex(referenceRoot(cut(leaves, 64))), `${count} leaves`);
  }
});

test('folding the nodes of 1 to 300 leaves gives the recursive tree on the chosen path too', () => {
  const bytes = testBytes(300 * 64, 2);
  for (let count = 1; count <= 300; count++) {
    const leaves = cut(bytes.subarray(0, count * 64), 64);
    const nodes = Buffer.concat(leaves.map((leaf) => sha256(Uint8Array.of(0), leaf)));
    assert.equal(hex(foldRoots(nodes)), hex(referenceRoot(leaves)), `${count} leaves`);
  }
});

const EDGES = [0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 8192, 131072, 131073];

test('the edge sizes of the format have the data root of the recursive tree', () => {
  const bytes = testBytes(131073, 3);
  for (const size of EDGES) {
    const content = bytes.subarray(0, size);
    assert.equal(
      hex(new TreeBuilder().update(content).finish().dataRoot),
      hex(referenceDataRoot(content)),
      `${size}`,
    );
  }
});

test('sizes around stripes have the data root of the recursive tree', () => {
  const stripe = 4 * 1024 * 1024;
  const bytes = testBytes(2 * stripe + 5000, 4);
  for (const size of [stripe - 1, stripe, stripe + 1, 2 * stripe, 2 * stripe + 5000]) {
    const content = bytes.subarray(0, size);
    assert.equal(
      hex(new TreeBuilder().update(content).finish().dataRoot),
      hex(referenceDataRoot(content)),
      `${size}`,
    );
  }
});

test('the roots of blocks and of stripes are subtrees of the one tree', () => {
  const stripe = 4 * 1024 * 1024;
  const content = testBytes(stripe + 3 * 4096, 5);
  const seen: Uint8Array[] = [];
  const { stripeRoots, dataRoot, sizeBytes } = new TreeBuilder((roots) => {
    assert.equal(roots.stripe, seen.length);
    assert.equal(hex(roots.stripeRoot), hex(foldRoots(roots.blockRoots)));
    seen.push(roots.blockRoots);
  })
    .update(content)
    .finish();
  const expected = cut(content, 4096).map((block) => hex(referenceDataRoot(block)));
  assert.deepEqual(cut(Buffer.concat(seen), 32).map(hex), expected);
  assert.deepEqual(cut(stripeRoots, 32).map(hex), [
    hex(referenceDataRoot(content.subarray(0, stripe))),
    hex(referenceDataRoot(content.subarray(stripe))),
  ]);
  assert.equal(hex(foldRoots(Buffer.concat(seen))), hex(dataRoot));
  assert.equal(sizeBytes, content.length);
});

test('one node folds to a copy of itself, and folding leaves its input alone', () => {
  const nodes = testBytes(5 * 32, 6);
  const before = nodes.slice();
  const [first] = cut(nodes, 32);
  assert.ok(first !== undefined);
  const root = foldRoots(first);
  assert.deepEqual(root, first);
  root.fill(0);
  foldRoots(nodes);
  assert.deepEqual(nodes, before);
});

test('a duplicated last leaf and trailing zeros change the tree as the format says', () => {
  const two = foldRoots(testBytes(3 * 32));
  const duplicated = Buffer.concat([testBytes(3 * 32), testBytes(3 * 32).subarray(64)]);
  assert.notEqual(hex(foldRoots(duplicated)), hex(two), 'CVE-2012-2459');
  const rootOf = (content: Uint8Array) => hex(new TreeBuilder().update(content).finish().dataRoot);
  assert.equal(
    rootOf(Uint8Array.of(0)),
    rootOf(Uint8Array.of(0, 0)),
    'padding is zero; the size is in the object id',
  );
  const out = new Uint8Array(32);
  blockRoots(new Uint8Array(4096), out);
  assert.equal(hex(out), rootOf(new Uint8Array(0)));
});
