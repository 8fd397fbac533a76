import type { ScrubClock } from './scrub-clock.ts';

/** Measures how fast a round gets on since it was started or resumed. */
export class ProgressMeter {
  readonly #clock: ScrubClock;
  #startedAt: number;
  #startBytes = 0;
  #bytes = 0;

  constructor(clock: ScrubClock) {
    this.#clock = clock;
    this.#startedAt = clock.nowMs();
  }

  /** Measures from here on. */
  begin(bytes: number): void {
    this.#startedAt = this.#clock.nowMs();
    this.#startBytes = bytes;
    this.#bytes = bytes;
  }

  /** Says how far the round is. */
  reached(bytes: number): void {
    this.#bytes = bytes;
  }

  /** Seconds until `totalBytes` at the rate so far; `undefined` before there is one. */
  etaSeconds(totalBytes: number): number | undefined {
    const seconds = (this.#clock.nowMs() - this.#startedAt) / 1000;
    const rate = (this.#bytes - this.#startBytes) / seconds;
    return rate > 0 && Number.isFinite(rate) ? Math.max(0, totalBytes - this.#bytes) / rate : undefined;
  }
}
