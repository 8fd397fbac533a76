import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { READ_PIECE_SIZE } from './block-hashing.ts';
import type { StripeRun } from '../reading/object-reader.ts';
import { SHARED_FROM } from './stripe-buffers.ts';

/** A run and the block roots of its stripe. */
const SIZE = READ_PIECE_SIZE + STRIPE_BLOCKS * HASH_SIZE;
/** Pieces kept for later: 4 MiB. */
const KEEP = 4;

/**
 * Shared memory that runs are read into, again and again: fresh memory for each has V8 mark its heap again and again. How much is in use
 * at a time is bounded by the budget of the readers.
 */
export class RunMemory {
  readonly #idle: Uint8Array[] = [];

  /** Memory for a run; none for one so small that it is hashed where it is. */
  take({ first, end }: StripeRun): Uint8Array | undefined {
    if ((end - first) * BLOCK_SIZE < SHARED_FROM) return undefined;
    return this.#idle.pop() ?? new Uint8Array(new SharedArrayBuffer(SIZE));
  }

  /** Takes memory back that nobody reads or writes any more. */
  give(memory: Uint8Array | undefined): void {
    if (memory !== undefined && this.#idle.length < KEEP) this.#idle.push(memory);
  }
}
