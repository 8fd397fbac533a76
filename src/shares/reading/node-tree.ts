import { HASH_SIZE } from '../../content/geometry.ts';
import { nodeLevel } from '../../proof/kernels.ts';
import type { NodePlace } from '../../proof/multiproof.ts';

/** All levels of the tree over `nodes` in one piece: the nodes themselves, the level above them, …, the root. */
export function treeOver(nodes: Uint8Array): Uint8Array {
  const levels = [nodes];
  let bytes = nodes.length;
  for (let level = nodes; level.length > HASH_SIZE; levels.push(level)) {
    level = nodeLevel(level);
    bytes += level.length;
  }
  const tree = new Uint8Array(bytes);
  let at = 0;
  for (const level of levels) {
    tree.set(level, at);
    at += level.length;
  }
  return tree;
}

/**
 * A node of a tree.
 * @param width - nodes of its lowest level
 * @param place - counted from the lowest level and from its first node
 */
export function nodeIn(tree: Uint8Array, width: number, { level, index }: NodePlace): Uint8Array {
  let first = 0;
  for (let i = 0, nodes = width; i < level; i++, nodes = Math.ceil(nodes / 2)) first += nodes;
  const at = (first + index) * HASH_SIZE;
  return tree.subarray(at, at + HASH_SIZE);
}
