import { BLOCK_SIZE, HASH_SIZE, LEAF_SIZE } from '../../content/geometry.ts';
import { blockNodes } from '../../proof/kernels.ts';
import type { NodePlace } from '../../proof/multiproof.ts';

/** Leaves of a block. */
export const BLOCK_LEAVES = BLOCK_SIZE / LEAF_SIZE;
/** Levels of a tree that lie inside a block; its root is the first one above. */
export const BLOCK_LEVELS = 6;
/** 64 leaf hashes, 32 nodes, …, 1 root. */
const NODES = 2 * BLOCK_LEAVES - 1;

/** The tree of one block: all nodes over its leaves. The memory is used again for the next block. */
export class BlockTree {
  readonly #nodes = new Uint8Array(NODES * HASH_SIZE);
  #block: Uint8Array = new Uint8Array(BLOCK_SIZE);

  /** Takes the next block, 4096 bytes; gives its root, good until the next one. */
  load(block: Uint8Array): Uint8Array {
    this.#block = block;
    blockNodes(block, this.#nodes);
    return this.#nodes.subarray((NODES - 1) * HASH_SIZE);
  }

  /** A leaf of the block, by its number in the layer. */
  leaf(leaf: number): Uint8Array {
    const at = (leaf % BLOCK_LEAVES) * LEAF_SIZE;
    return this.#block.subarray(at, at + LEAF_SIZE);
  }

  /** A node below the root, by its place in the tree of the layer. */
  node({ level, index }: NodePlace): Uint8Array {
    const width = BLOCK_LEAVES >> level;
    const at = (2 * (BLOCK_LEAVES - width) + (index % width)) * HASH_SIZE;
    return this.#nodes.subarray(at, at + HASH_SIZE);
  }
}
