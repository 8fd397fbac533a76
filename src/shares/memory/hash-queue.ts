import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { ByteBudget } from './byte-budget.ts';

/** Pieces that the hasher has at a time: enough for any number of cores, few enough for its queue. */
const PIECES_AT_ONCE = 64;

/**
 * Hands pieces to a hasher in order, a bounded number at a time. Hundreds of small files that end together would else meet its full queue and
 * fail with `PROVENDER_BUSY`, though their memory was granted long before.
 */
export class HashQueue implements TreeHasher {
  readonly #hasher: TreeHasher;
  readonly #places = new ByteBudget('the hash queue', PIECES_AT_ONCE);

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
  }

  blockRoots(data: Uint8Array, out: Uint8Array): Promise<void> {
    return this.#places.during(1, () => this.#hasher.blockRoots(data, out));
  }
}
