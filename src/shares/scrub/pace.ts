import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../abort.ts';
import type { ScrubClock } from './scrub-clock.ts';

/** The longest wait at once, so that another rate, a pause or the end is noticed soon. */
const LONGEST_WAIT_MS = 1000;

/**
 * Bounds a rate of bytes: a bucket that may go into debt. What is asked for is given once the debt of those before is paid, so a piece may be larger
 * than what a second gives, and the mean never exceeds the rate.
 */
export class Pace {
  readonly #clock: ScrubClock;
  #bytesPerSecond: number;
  #debtBytes = 0;
  #countedAt: number;

  /** @param bytesPerSecond - 0 for no bound */
  constructor(clock: ScrubClock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#countedAt = clock.nowMs();
  }

  /** Bytes per second; 0 for no bound. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Sets another rate, from now on; 0 for no bound. */
  set bytesPerSecond(rate: number) {
    this.#pay();
    this.#bytesPerSecond = rate;
  }

  /** Waits for its turn and takes `bytes`; lets others run in any case. @throws the signal's reason when it aborts */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    await setImmediate();
    throwIfAborted(signal);
    for (this.#pay(); this.#debtBytes > 0; this.#pay()) {
      const ms = Math.ceil((this.#debtBytes * 1000) / this.#bytesPerSecond);
      await this.#clock.sleep(Math.min(LONGEST_WAIT_MS, ms), signal);
      throwIfAborted(signal);
    }
    this.#debtBytes += bytes;
  }

  #pay(): void {
    const now = this.#clock.nowMs();
    const paid = ((now - this.#countedAt) * this.#bytesPerSecond) / 1000;
    this.#countedAt = now;
    this.#debtBytes = this.#bytesPerSecond === 0 ? 0 : Math.max(0, this.#debtBytes - paid);
  }
}
