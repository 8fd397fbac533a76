import { sameBytes } from './session-rows.ts';

/** A record as it was seen, and for how long it has not changed. */
interface Watched {
  readonly bytes: Uint8Array;
  unchangedMs: number;
}

/**
 * Finds foreign sessions whose records no longer change, by the monotonic clock of this process alone. An interval between two observations counts as
 * at most two beats: when this process or the whole object store stood still, the others could not beat either, and nobody is called dead for it.
 *
 * @see object-layout.md, section 4, "Dead"
 */
export class SessionObserver {
  readonly #deadMs: number;
  readonly #maxIntervalMs: number;
  readonly #watched = new Map<number, Watched>();
  #lastMs: number | undefined;

  constructor({ beatMs, deadMs }: { beatMs: number; deadMs: number }) {
    this.#deadMs = deadMs;
    this.#maxIntervalMs = 2 * beatMs;
  }

  /** Takes note of all records, as they were read just now. */
  observe(records: ReadonlyMap<number, Uint8Array>, nowMs: number): void {
    const interval = Math.min(nowMs - (this.#lastMs ?? nowMs), this.#maxIntervalMs);
    this.#lastMs = nowMs;
    for (const session of this.#watched.keys()) if (!records.has(session)) this.#watched.delete(session);
    for (const [session, bytes] of records) {
      const known = this.#watched.get(session);
      if (known !== undefined && sameBytes(known.bytes, bytes)) known.unchangedMs += interval;
      else this.#watched.set(session, { bytes, unchangedMs: 0 });
    }
  }

  /** Whether the record of a session has been unchanged for long enough. */
  isDead(session: number): boolean {
    const known = this.#watched.get(session);
    return known !== undefined && known.unchangedMs >= this.#deadMs;
  }
}
