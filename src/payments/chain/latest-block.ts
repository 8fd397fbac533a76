import { ProvenderError } from '../../content/provender-error.ts';

/** The latest block that any endpoint told, and how long ago. It never goes back. */
export class LatestBlock {
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  #block: bigint | undefined;
  #seenAt = 0;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(maxAgeMs: number, now: () => number) {
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /** Takes a block that an endpoint told just now. True when it is later than any before. */
  saw(block: bigint): boolean {
    this.#seenAt = this.#now();
    if (this.#block !== undefined && block <= this.#block) return false;
    this.#block = block;
    return true;
  }

  /** @throws ProvenderError `PROVENDER_CHANNEL` when no endpoint told one within the longest age */
  current(): bigint {
    if (this.#block !== undefined && this.#now() - this.#seenAt <= this.#maxAgeMs) return this.#block;
    throw new ProvenderError('PROVENDER_CHANNEL', 'cannot determine current block');
  }
}
