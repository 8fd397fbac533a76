import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { foldNodes, leafHashes, nodeHash } from '../../src/proof/merkle.ts';
import { type Multiproof, multiproofRoot } from '../../src/proof/multiproof.ts';
import { openPlainly } from './plain-opening.ts';
import { hex, testBytes } from './reference-tree.ts';
import { rootOf } from './replica-vectors.ts';

const LEAF = 64;

const treeOf = (layer: Uint8Array): string => hex(foldNodes(leafHashes(layer)));
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const fileId = (content: Uint8Array): string =>
  hex(
    objectId({
      kind: OBJECT_KIND.file,
      sizeBytes: content.length,
      count: 1,
      dataRoot: rootOf(content),
    }),
  );

test('a last part that is there twice makes another tree (CVE-2012-2459)', () => {
  for (let leaves = 1; leaves <= 65; leaves++) {
    const layer = testBytes(LEAF * leaves, leaves);
    for (let part = 1; part <= leaves; part *= 2)
      assert.notEqual(
        treeOf(joined(layer, layer.subarray(LEAF * (leaves - part)))),
        treeOf(layer),
        `${leaves}, ${part}`,
      );
  }
});

test('a last block that is there twice makes another file', () => {
  for (const blocks of [1, 3, 5, 7]) {
    const content = testBytes(4096 * blocks);
    assert.notEqual(fileId(joined(content, content.subarray(-4096))), fileId(content));
  }
});

test('zeros at the end leave the data root, and never the id', () => {
  for (const length of [0, 1, 63, 64, 4000, 4095]) {
    const content = testBytes(length);
    const longer = joined(content, new Uint8Array(1));
    assert.equal(hex(rootOf(longer)), hex(rootOf(content)));
    assert.notEqual(fileId(longer), fileId(content));
  }
});

test('nodes are not leaves of a smaller tree, and leaves are not nodes of a larger one (CVE-2017-12842)', () => {
  for (const leaves of [2, 4, 64, 128]) {
    const layer = testBytes(LEAF * leaves);
    const root = treeOf(layer);
    assert.notEqual(treeOf(leafHashes(layer)), root, 'two leaf hashes taken for one leaf');
    const [first, second] = [layer.subarray(0, LEAF), layer.subarray(LEAF, 2 * LEAF)];
    const phantom: Multiproof = { indices: [0], leaves: [joined(...hashesOf(first, second))], siblings: [] };
    assert.notEqual(hexOrNone(multiproofRoot(phantom, leaves / 2)), root);
  }
});

function hashesOf(...leaves: readonly Uint8Array[]): Uint8Array[] {
  return leaves.map((leaf) => leafHashes(leaf));
}

function hexOrNone(root: Uint8Array | undefined): string {
  return root === undefined ? 'none' : hex(root);
}

/** A tree and some of its leaves, opened. */
const opened = fc
  .record({
    leaves: fc.integer({ min: 2, max: 200 }),
    seed: fc.nat(1000),
    draws: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
  })
  .map(({ leaves, seed, draws }) => {
    const layer = testBytes(LEAF * leaves, seed);
    const indices = [...new Set(draws.map((draw) => draw % leaves))].toSorted((a, b) => a - b);
    return { leaves, layer, root: treeOf(layer), proof: openPlainly(layer, indices) };
  });

test('a leaf under another number, a sibling too many or too few, and changed siblings lead elsewhere', () => {
  fc.assert(
    fc.property(opened, fc.nat(), fc.nat(), ({ leaves, layer, root, proof }, a, b) => {
      const place = a % proof.indices.length;
      const other = b % leaves;
      const isOther =
        !proof.indices.includes(other) && hex(leafAt(layer, other)) !== hex(proof.leaves[place] ?? layer);
      if (isOther) {
        const indices = proof.indices.with(place, other).toSorted((x, y) => x - y);
        assert.notEqual(hexOrNone(multiproofRoot({ ...proof, indices }, leaves)), root);
      }
      assert.equal(hexOrNone(multiproofRoot(proof, leaves)), root);
      const extra = [...proof.siblings, new Uint8Array(32)];
      assert.equal(multiproofRoot({ ...proof, siblings: extra }, leaves), undefined);
      if (proof.siblings.length === 0) return;
      assert.equal(multiproofRoot({ ...proof, siblings: proof.siblings.slice(1) }, leaves), undefined);
      const turned = proof.siblings.with(b % proof.siblings.length, testBytes(32, 99));
      assert.notEqual(hexOrNone(multiproofRoot({ ...proof, siblings: turned }, leaves)), root);
    }),
  );
});

function leafAt(layer: Uint8Array, index: number): Uint8Array {
  return layer.subarray(LEAF * index, LEAF * (index + 1));
}

test('a proof of a tree that sorts its pairs is none of ours', () => {
  const layer = testBytes(LEAF * 64);
  let level = Array.from({ length: 64 }, (_, i) => leafHashes(leafAt(layer, i)));
  const siblings: Uint8Array[] = [];
  while (level.length > 1) {
    siblings.push(level[1] ?? layer);
    level = Array.from({ length: level.length / 2 }, (_, i) => {
      const pair = [level[2 * i] ?? layer, level[2 * i + 1] ?? layer].toSorted((a, b) =>
        Buffer.compare(a, b),
      );
      return nodeHash(joined(...pair));
    });
  }
  const [sortedRoot = layer] = level;
  assert.notEqual(hex(sortedRoot), treeOf(layer));
  const proof: Multiproof = { indices: [0], leaves: [leafAt(layer, 0)], siblings };
  assert.notEqual(hexOrNone(multiproofRoot(proof, 64)), hex(sortedRoot));
});
