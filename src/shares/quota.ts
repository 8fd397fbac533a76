import { ProvenderError } from '../content/provender-error.ts';

/** Bytes held back for a running set. `release` may be called again without harm. */
export interface Reservation {
  release(): void;
  /** Gives `bytes` of it to another holder; `release` of this one then gives back the rest. */
  handOver(bytes: number): Reservation;
}

/** What the store counts now. */
export interface UsedRoom {
  readonly storedBytes: number;
  /** Paid data of an earlier opening that nobody has decided about: counted as reserved. */
  readonly undecidedBytes?: number;
}

/**
 * Keeps what is stored and what running sets will store below the limit: `used + reserved + needed <= limit`, decided before a byte
 * is staged. Nothing is ever evicted.
 *
 * A reservation is released after its bytes are counted as used, so for a moment they count twice; the limit is never exceeded.
 */
export class Quota {
  readonly limitBytes: number;
  readonly #used: () => UsedRoom;
  #reservedBytes = 0;

  constructor(limitBytes: number, used: () => UsedRoom) {
    this.limitBytes = limitBytes;
    this.#used = used;
  }

  /** Bytes that are held back: for running sets, and for paid data that nobody has decided about. */
  get reservedBytes(): number {
    return this.#reservedBytes + (this.#used().undecidedBytes ?? 0);
  }

  /**
   * Holds `needed` bytes back.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` with `limit`, `used`, `reserved` and `needed`, all in bytes
   */
  reserve(needed: number): Reservation {
    const used = this.#used().storedBytes;
    const reserved = this.reservedBytes;
    if (used + reserved + needed > this.limitBytes) {
      throw new ProvenderError(
        'PROVENDER_OVER_QUOTA',
        `${needed} bytes needed, ${used} used and ${reserved} reserved of ${this.limitBytes}; remove objects or raise the limit`,
        { details: { limit: this.limitBytes, used, reserved, needed } },
      );
    }
    this.#reservedBytes += needed;
    return this.#reservation(needed);
  }

  #reservation(bytes: number): Reservation {
    let left = bytes;
    const take = (wanted: number): number => {
      const taken = Math.min(wanted, left);
      left -= taken;
      return taken;
    };
    return {
      release: () => {
        this.#reservedBytes -= take(left);
      },
      handOver: (part) => this.#reservation(take(part)),
    };
  }
}
