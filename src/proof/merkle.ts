import { sha256 } from '@noble/hashes/sha2.js';
import { HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** Hashes `prefix ‖ 64 bytes`; leaf and node differ in the prefix only, so one preimage serves both. */
function hashUnit(prefix: number, unit: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(1 + LEAF_SIZE);
  preimage[0] = prefix;
  preimage.set(unit, 1);
  return sha256(preimage);
}

/**
 * Gives the hash of one leaf, `H(0x00 ‖ leaf)`.
 *
 * @param leaf - exactly 64 bytes
 * @see RFC 9162, section 2.1.1
 */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return hashUnit(LEAF_PREFIX, leaf);
}

/**
 * Gives the hash of two neighbours, `H(0x01 ‖ left ‖ right)`.
 *
 * @param pair - exactly 64 bytes: the left node, then the right one
 * @see RFC 9162, section 2.1.1
 */
export function nodeHash(pair: Uint8Array): Uint8Array {
  return hashUnit(NODE_PREFIX, pair);
}

/**
 * Hashes every leaf of a run of leaves.
 *
 * @param leaves - n x 64 bytes, n >= 1
 * @returns n x 32 bytes, in the same order
 */
export function leafHashes(leaves: Uint8Array): Uint8Array {
  const count = leaves.length / LEAF_SIZE;
  const hashes = new Uint8Array(count * HASH_SIZE);
  for (let i = 0; i < count; i++) {
    hashes.set(leafHash(leaves.subarray(i * LEAF_SIZE, (i + 1) * LEAF_SIZE)), i * HASH_SIZE);
  }
  return hashes;
}

/**
 * Makes one level of its children: neighbours are paired, an unpaired last node goes up unchanged.
 * @param nodes - n x 32 bytes; @returns the ceil(n / 2) nodes above them
 */
export function parents(nodes: Uint8Array): Uint8Array {
  const pairs = Math.floor(nodes.length / LEAF_SIZE);
  const level = new Uint8Array(Math.ceil(nodes.length / LEAF_SIZE) * HASH_SIZE);
  for (let i = 0; i < pairs; i++) {
    level.set(nodeHash(nodes.subarray(i * LEAF_SIZE, (i + 1) * LEAF_SIZE)), i * HASH_SIZE);
  }
  if (pairs * LEAF_SIZE < nodes.length) level.set(nodes.subarray(pairs * LEAF_SIZE), pairs * HASH_SIZE);
  return level;
}

/**
 * Folds neighbouring nodes of one height into the root above them. The bottom-up rule gives the tree of RFC 9162:
 * pair neighbours on each level, carry an unpaired last node up unchanged, never duplicate it
 * (a duplicated node is CVE-2012-2459). So the last node may also be the root of a lower subtree.
 *
 * @param nodes - n x 32 bytes, n >= 1
 * @returns 32 bytes of the caller's own; for n = 1 a copy of the node
 * @see proof-of-replication.md, section 2, "Tree"; RFC 9162, section 2.1.1
 */
export function foldNodes(nodes: Uint8Array): Uint8Array {
  let level: Uint8Array = nodes.slice();
  while (level.length > HASH_SIZE) level = parents(level);
  return level;
}
