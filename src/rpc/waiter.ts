import { ProvenderError } from '../content/provender-error.ts';

/** What may end a wait besides the thing waited for. */
export interface WaitLimits {
  /** Its reason ends the wait. */
  readonly signal: AbortSignal;
  /** Milliseconds without progress, on the monotonic clock of timers. */
  readonly idleMs: number;
}

/**
 * Lets one loop sleep until something happens: `wake` from an event, the signal, or too long a time without either.
 * States: open, then released; a released one must not be waited for.
 */
export class Waiter {
  readonly #limits: WaitLimits;
  readonly #what: string;
  readonly #onAbort = (): void => this.wake();
  #isAwake = false;
  #resolve: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timedOut = false;

  /** @param what - names in the error what did not move */
  constructor(limits: WaitLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
    limits.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Ends the wait, now or the next one. */
  readonly wake = (): void => {
    this.#isAwake = true;
    this.#resolve?.();
  };

  /**
   * Sleeps until `wake`.
   * @throws the signal's reason; `PROVENDER_TIMEOUT` after `idleMs`
   */
  async wait(): Promise<void> {
    const { signal } = this.#limits;
    if (!this.#isAwake && !signal.aborted) {
      this.#startTimer();
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
      this.#resolve = undefined;
      this.#timer?.unref(); // a stream that nobody reads on keeps no process alive
    }
    this.#isAwake = false;
    signal.throwIfAborted();
    if (this.#timedOut) throw this.#idleError();
  }

  /** Ends the timer and stops listening. */
  release(): void {
    clearTimeout(this.#timer);
    this.#limits.signal.removeEventListener('abort', this.#onAbort);
  }

  #startTimer(): void {
    if (this.#timer !== undefined) {
      this.#timer.refresh().ref();
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.#resolve === undefined) return; // nobody waits: the next wait starts it anew
      this.#timedOut = true;
      this.wake();
    }, this.#limits.idleMs);
  }

  #idleError(): ProvenderError {
    const { idleMs } = this.#limits;
    return new ProvenderError('PROVENDER_TIMEOUT', `${this.#what}: no progress for ${idleMs} ms`, {
      details: { idleMs },
    });
  }
}
