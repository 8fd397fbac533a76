import type { Clock } from '../clock.ts';

/** One timer that is set anew as plans change. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs: number | undefined;
  #timer: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this time and at no other; never when it is absent. */
  set(atMs: number | undefined): void {
    if (atMs === this.#atMs) return;
    this.#timer?.abort();
    this.#timer = undefined;
    this.#atMs = atMs;
    if (atMs === undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    const ring = (): void => {
      if (timer.signal.aborted) return;
      this.#atMs = undefined;
      this.#ring();
    };
    const dropped = (): void => undefined; // it was set anew
    this.#clock.sleep(Math.max(0, atMs - this.#clock.now()), timer.signal).then(ring, dropped);
  }
}
