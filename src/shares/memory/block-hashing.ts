import { setImmediate } from 'node:timers/promises';
import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { isShared } from '../../content/shared-memory.ts';
import { blockRoots, foldRoots } from '../../proof/kernels.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { ByteBudget } from './byte-budget.ts';
import { copyShared } from './shared-copy.ts';
import { SHARED_FROM } from './stripe-buffers.ts';

/** The most bytes that are hashed for a reader at once. */
export const READ_PIECE_SIZE = 1024 * 1024;
/** Bytes of shared memory in which workers hash what readers read. */
const SCRATCH_BYTES = 8 * READ_PIECE_SIZE;
/** Nodes folded without a pause: about 0.2 ms. A power of two, so that each group is a whole subtree. */
const FOLD_GROUP = 2048;
const SCRATCH_SIZE = READ_PIECE_SIZE + (READ_PIECE_SIZE / BLOCK_SIZE) * HASH_SIZE;

/** Hashes what was read without holding the event loop for long. */
export class BlockHashing {
  readonly #hasher: TreeHasher;
  readonly #budget = new ByteBudget('the read scratch', SCRATCH_BYTES);
  readonly #idle: Uint8Array[] = [];

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
  }

  /**
   * Block roots of whole blocks, at most 1 MiB: small pieces at once, large ones by a worker, in place where they lie in shared memory.
   * @returns 32 bytes per block, owned by the caller
   */
  async roots(data: Uint8Array): Promise<Uint8Array> {
    const rootBytes = (data.length / BLOCK_SIZE) * HASH_SIZE;
    if (data.length < SHARED_FROM) {
      const roots = new Uint8Array(rootBytes);
      blockRoots(data, roots);
      return roots;
    }
    await this.#budget.take(READ_PIECE_SIZE);
    const scratch = this.#idle.pop() ?? new Uint8Array(new SharedArrayBuffer(SCRATCH_SIZE));
    try {
      const out = scratch.subarray(READ_PIECE_SIZE, READ_PIECE_SIZE + rootBytes);
      const shared = isShared(data) ? data : scratch.subarray(0, data.length);
      if (shared !== data) copyShared(scratch, 0, data);
      await this.#hasher.blockRoots(shared, out);
      return new Uint8Array(out);
    } finally {
      this.#idle.push(scratch);
      this.#budget.release(READ_PIECE_SIZE);
    }
  }
}

/** Folds any number of roots, with pauses for others. @returns 32 bytes, owned by the caller */
export async function foldWithPauses(nodes: Uint8Array): Promise<Uint8Array> {
  const group = FOLD_GROUP * HASH_SIZE;
  if (nodes.length <= group) return foldRoots(nodes);
  const roots = new Uint8Array(Math.ceil(nodes.length / group) * HASH_SIZE);
  for (let at = 0; at < nodes.length; at += group) {
    roots.set(foldRoots(nodes.subarray(at, at + group)), (at / group) * HASH_SIZE);
    await setImmediate();
  }
  return foldRoots(roots);
}
