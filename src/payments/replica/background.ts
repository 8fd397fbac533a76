import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { PaymentClock } from '../clock.ts';
import type { PaymentEvents } from '../payment-events.ts';

/** First and longest pause between two attempts of a duty. */
const PAUSE_MS = { first: 50, most: 2000 };

/** Work that nobody waits for: it is repeated until it is done, its failures are reported, and its owner can end it. States: open -> closed. */
export class Background {
  readonly #clock: PaymentClock;
  readonly #events: PaymentEvents;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: { readonly clock: PaymentClock; readonly events: PaymentEvents }) {
    this.#clock = parts.clock;
    this.#events = parts.events;
  }

  /** Aborts when the work has to end. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts a task. What it throws is reported as a failure of the duty, but for the end that `close` asks for. */
  run(duty: string, task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => {
        if (!this.stop.aborted) this.#events.dutyFailed?.({ duty, error });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /**
   * Repeats an attempt until it succeeds, with growing pauses.
   * @throws ProvenderError `PROVENDER_CLOSED` when the work has to end, and what the attempt throws when the store is closed
   */
  async untilDone<T>(duty: string, attempt: () => Promise<T>): Promise<T> {
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)) {
      this.#assertOpen(duty);
      try {
        return await attempt();
      } catch (error) {
        if (isProvenderError(error, 'PROVENDER_CLOSED')) throw error;
        this.#events.dutyFailed?.({ duty, error });
      }
      await this.pause(pauseMs);
    }
  }

  /** Waits for a time, or for the end of the work or of `waking`, whatever comes first. */
  async pause(ms: number, waking?: AbortSignal): Promise<void> {
    const signal = waking === undefined ? this.stop : AbortSignal.any([this.stop, waking]);
    try {
      await this.#clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Waits for running tasks up to `graceMs`, then ends them and waits until they have ended. */
  async close(graceMs: number): Promise<void> {
    const done = new AbortController();
    const idle = this.#whenIdle().finally(() => done.abort());
    if (graceMs > 0) await Promise.race([idle, this.pause(graceMs, done.signal)]);
    this.#stop.abort(closed('background work'));
    await idle;
  }

  async #whenIdle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #assertOpen(duty: string): void {
    if (this.stop.aborted) throw closed(duty);
  }
}

function closed(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_CLOSED', `${what}: payments are closed`);
}
