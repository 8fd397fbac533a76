import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldNodes, leafHash, leafHashes, nodeHash } from '../../src/proof/merkle.ts';
import { hex, sha256, testBytes } from './reference-tree.ts';

const UNIT = testBytes(64, 21);

test('leaf and node hash the same 64 bytes under different prefixes', () => {
  assert.equal(hex(leafHash(UNIT)), hex(sha256(Uint8Array.of(0), UNIT)));
  assert.equal(hex(nodeHash(UNIT)), hex(sha256(Uint8Array.of(1), UNIT)));
});

test('a leaf made of two nodes does not have the hash of the node above them', () => {
  const nodes = leafHashes(testBytes(128, 22));
  assert.notEqual(hex(leafHash(nodes)), hex(foldNodes(nodes)), 'CVE-2017-12842');
});
