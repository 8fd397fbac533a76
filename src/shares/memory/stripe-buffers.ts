import { STRIPE_BLOCKS, STRIPE_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { ByteBudget } from './byte-budget.ts';

/** Layers 0 to 2, the most that a profile has. */
const MOST_LAYERS = 3;
/** Bytes of the largest stripe: 4 MiB, its block roots and its chunk lengths. */
export const SLAB_SIZE = STRIPE_SIZE + STRIPE_BLOCKS * (MOST_LAYERS * HASH_SIZE + 2);
/** From here on bytes lie in shared memory, so that workers can hash them. */
export const SHARED_FROM = 256 * 1024;

/** Memory of one stripe. Its content is arbitrary at first. */
export interface StripeBuffer {
  readonly bytes: Uint8Array;
  /** Gives it back; nobody may use `bytes` afterwards. Once only. */
  release(): void;
}

/**
 * Memory of running sets: at most `limitBytes`, whatever their number. Full stripes get slabs of shared memory that are used again,
 * small objects ordinary buffers of their own size; unused slabs are dropped when their room is needed. A sender that stalls keeps what it has
 * until its call ends, so whoever serves senders ends stalled calls.
 */
export class StripeBuffers {
  readonly #budget: ByteBudget;
  readonly #idle: Uint8Array[] = [];

  constructor(limitBytes: number) {
    this.#budget = new ByteBudget('bufferBytes', limitBytes);
  }

  /** Bytes that running sets hold. */
  get usedBytes(): number {
    return this.#budget.usedBytes;
  }

  /**
   * Waits for a buffer of at least `bytes`, in the order of asking. `besides` bytes of other memory are taken with it at once,
   * and given back with it: who held one and waited for the other could wait for ever.
   * @throws ProvenderError `PROVENDER_INVALID` for more than the limit; the signal's reason when it aborts first
   */
  async take(bytes: number, signal: AbortSignal, besides = 0): Promise<StripeBuffer> {
    const size = roomOf(bytes);
    await this.#budget.take(size + besides, signal);
    return this.#make(size, besides);
  }

  /** Gives a buffer if one is free and nobody waits. */
  tryTake(bytes: number): StripeBuffer | undefined {
    const size = roomOf(bytes);
    return this.#budget.tryTake(size) ? this.#make(size, 0) : undefined;
  }

  #make(size: number, besides: number): StripeBuffer {
    const bytes = size === SLAB_SIZE ? (this.#idle.pop() ?? allocate(size)) : allocate(size);
    this.#dropIdle();
    const release = (): void => {
      if (size === SLAB_SIZE) this.#idle.push(bytes);
      this.#budget.release(size + besides);
      this.#dropIdle();
    };
    return { bytes, release };
  }

  #dropIdle(): void {
    const room = this.#budget.limitBytes - this.#budget.usedBytes;
    while (this.#idle.length * SLAB_SIZE > room) this.#idle.pop();
  }
}

/** More than half a slab is a slab: a stream of full stripes uses the same ones again and again. */
function roomOf(bytes: number): number {
  return bytes > SLAB_SIZE / 2 ? SLAB_SIZE : bytes;
}

function allocate(size: number): Uint8Array {
  return size >= SHARED_FROM ? new Uint8Array(new SharedArrayBuffer(size)) : new Uint8Array(size);
}
