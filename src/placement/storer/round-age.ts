const REMEMBERED = 64;

/**
 * How old a round is at least, told from the log alone. Rounds are appended one interval apart or more, so when round r + k is here at time t, round r
 * is there since t - k · interval or longer. No wall clock has a say: clocks that are minutes apart, or times of rounds that lie, change nothing. The
 * bound is never above the true age, so a claim that is in time is never held back; rounds that come in a burst after a pause are seen to be old as
 * soon as the ones behind them are here.
 */
export class RoundAges {
  readonly #intervalMs: number;
  /** Round number -> clock time at which it was here; the last ones. */
  readonly #seen = new Map<bigint, number>();

  /** @param intervalMs - least time between two rounds */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Notes that the log has a round. @param now - clock time */
  seen(round: bigint, now: number): void {
    if (!this.#seen.has(round)) this.#seen.set(round, now);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= REMEMBERED) return;
      this.#seen.delete(oldest);
    }
  }

  /** Milliseconds that a round is there at least; 0 for one that is not there. @param now - clock time */
  atLeastMs(round: bigint, now: number): number {
    let appendedBy = now;
    for (const [later, at] of this.#seen) {
      if (later >= round) appendedBy = Math.min(appendedBy, at - Number(later - round) * this.#intervalMs);
    }
    return now - appendedBy;
  }
}
