import { abortReason } from './time-limit.ts';

/** Runs works a few at a time, the others in the order they came. */
export class Lanes {
  readonly #width: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** @param width - works at once, at least 1 */
  constructor(width: number) {
    this.#width = width;
  }

  /** Works that run or wait. */
  get size(): number {
    return this.#running + this.#waiting.size;
  }

  /** Settles as the work does. @throws the reason of the signal when it aborts before the work has begun */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal));
      } else if (this.#running < this.#width) {
        this.#running += 1;
        resolve();
      } else {
        const give = (): void => {
          this.#waiting.delete(go);
          reject(abortReason(signal));
        };
        const go = (): void => {
          signal.removeEventListener('abort', give);
          resolve();
        };
        signal.addEventListener('abort', give, { once: true });
        this.#waiting.add(go);
      }
    });
  }

  /** Hands the lane over to who waits longest, if anybody does. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
