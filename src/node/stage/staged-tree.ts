import { BLOCK_SIZE, HASH_SIZE, STRIPE_SIZE } from '../../content/geometry.ts';
import { foldRoots } from '../../proof/kernels.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';

/** Bytes that are hashed at a time; a whole number of them makes a stripe. */
export const TREE_RUN_SIZE = 1024 * 1024;
const RUNS_PER_STRIPE = STRIPE_SIZE / TREE_RUN_SIZE;

/**
 * The tree of bytes that come in runs of 1 MiB, hashed where the hasher likes, workers perhaps. Keeps 32 bytes per stripe and those of the blocks of
 * one stripe. The next run waits for the one before.
 */
export class StagedTree {
  readonly #hasher: TreeHasher;
  readonly #column = new Uint8Array(new SharedArrayBuffer((STRIPE_SIZE / BLOCK_SIZE) * HASH_SIZE));
  readonly #stripes: Uint8Array[] = [];
  #runs = 0;
  #blocks = 0;

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
  }

  /** Takes the next run: 1 MiB, the last one less. It must stay untouched until the promise resolves. */
  async add(run: Uint8Array): Promise<void> {
    const blocks = Math.ceil(run.length / BLOCK_SIZE);
    const at = this.#blocks * HASH_SIZE;
    await this.#hasher.blockRoots(run, this.#column.subarray(at, at + blocks * HASH_SIZE));
    this.#blocks += blocks;
    this.#runs++;
    if (this.#runs === RUNS_PER_STRIPE) this.#endStripe();
  }

  /** The data root; without any bytes that of one zero block. */
  async finish(): Promise<Uint8Array> {
    if (this.#stripes.length === 0 && this.#runs === 0) await this.add(new Uint8Array(BLOCK_SIZE));
    if (this.#runs > 0) this.#endStripe();
    return foldRoots(Buffer.concat(this.#stripes));
  }

  #endStripe(): void {
    this.#stripes.push(foldRoots(this.#column.slice(0, this.#blocks * HASH_SIZE)));
    this.#runs = 0;
    this.#blocks = 0;
  }
}
