import { ProvenderError } from '../content/provender-error.ts';

/** Bytes held back for a running set. `release` may be called again without harm. */
export interface Reservation {
  release(): void;
}

/**
 * Keeps what is stored and what running sets will store below the limit: `used + reserved + needed <= limit`, decided before a byte
 * is staged. Nothing is ever evicted.
 *
 * A reservation is released after its bytes are counted as used, so for a moment they count twice; the limit is never exceeded.
 */
export class Quota {
  readonly limitBytes: number;
  readonly #usedBytes: () => number;
  #reservedBytes = 0;

  /** @param usedBytes - what the store counts now */
  constructor(limitBytes: number, usedBytes: () => number) {
    this.limitBytes = limitBytes;
    this.#usedBytes = usedBytes;
  }

  /** Bytes that running sets hold back. */
  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  /**
   * Holds `needed` bytes back.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` with `limit`, `used`, `reserved` and `needed`, all in bytes
   */
  reserve(needed: number): Reservation {
    const used = this.#usedBytes();
    const reserved = this.#reservedBytes;
    if (used + reserved + needed > this.limitBytes) {
      throw new ProvenderError(
        'PROVENDER_OVER_QUOTA',
        `${needed} bytes needed, ${used} used and ${reserved} reserved of ${this.limitBytes}; remove objects or raise the limit`,
        { details: { limit: this.limitBytes, used, reserved, needed } },
      );
    }
    this.#reservedBytes += needed;
    let held = true;
    return {
      release: () => {
        if (held) this.#reservedBytes -= needed;
        held = false;
      },
    };
  }
}
