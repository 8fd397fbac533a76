interface Reservation {
  readonly bytes: number;
  /** Clock time at which it ends by itself; absent while work holds it. */
  readonly untilMs: number | undefined;
}

/**
 * Bytes that claims and assignments hold back. A reservation with a time ends by itself: it is looked at, never waited for, so that no lost message
 * and no forgotten timer can leak it.
 *
 * @see storer-selection.md, section 5, "A storer reserves"
 */
export class Reservations {
  readonly #entries = new Map<string, Reservation>();
  readonly #now: () => number;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Bytes held back now. */
  get bytes(): number {
    const now = this.#now();
    let sum = 0;
    for (const [key, { bytes, untilMs }] of this.#entries) {
      if (untilMs !== undefined && untilMs <= now) this.#entries.delete(key);
      else sum += bytes;
    }
    return sum;
  }

  /**
   * Holds bytes back under a key, in place of what the key held before.
   * @param free - bytes that are free when nothing is held back
   * @param untilMs - clock time at which it ends; absent: until it is released
   * @returns false, and the key keeps what it had, when there is no room
   */
  hold(key: string, { bytes, free, untilMs }: { bytes: number; free: number; untilMs?: number }): boolean {
    const before = this.#entries.get(key);
    const others = this.bytes - (this.#entries.has(key) ? (before?.bytes ?? 0) : 0);
    if (others + bytes > free) return false;
    this.#entries.set(key, { bytes, untilMs });
    return true;
  }

  /** Gives back what a key holds, if it does. */
  release(key: string): void {
    this.#entries.delete(key);
  }

  /** Gives everything back. */
  clear(): void {
    this.#entries.clear();
  }
}
