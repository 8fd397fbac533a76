import { ProvenderError } from '../content/provender-error.ts';
import { abortReason } from './abort.ts';

/** A running call that can be aborted: by its caller, by one of its own parts, or by the end of the service. */
export interface RunningCall {
  readonly signal: AbortSignal;
  /** Makes what the call waits for end with `error`; for parts that fail beside the one that waits. */
  fail(error: ProvenderError): void;
  /** Ends it; more than once is harmless. */
  end(): void;
}

/** Counts the calls that run, refuses new ones once closing, and aborts what does not end in time. */
export class RunningCalls {
  readonly #controllers = new Set<AbortController>();
  #running = 0;
  #closing = false;
  #whenIdle: (() => void) | undefined;

  /**
   * Starts a long call; its signal follows the caller's and the service's.
   * @throws ProvenderError `PROVENDER_CLOSED` once closing; the signal's reason when it has aborted
   */
  start(signal: AbortSignal | undefined): RunningCall {
    this.#check(signal);
    const controller = new AbortController();
    const follow = (): void => {
      if (signal !== undefined) controller.abort(abortReason(signal));
    };
    signal?.addEventListener('abort', follow, { once: true });
    this.#controllers.add(controller);
    this.#running++;
    const end = (): void => {
      if (!this.#controllers.delete(controller)) return;
      signal?.removeEventListener('abort', follow);
      this.#finished();
    };
    return { signal: controller.signal, fail: (error) => controller.abort(error), end };
  }

  /** Runs a long call, as `start`. */
  async run<T>(signal: AbortSignal | undefined, work: (call: RunningCall) => Promise<T>): Promise<T> {
    const call = this.start(signal);
    try {
      return await work(call);
    } finally {
      call.end();
    }
  }

  /** Runs a call of one or two store operations, which end by themselves: a controller for each would cost more than the call. */
  async runShort<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.#check(signal);
    this.#running++;
    try {
      return await work();
    } finally {
      this.#finished();
    }
  }

  /** Refuses new calls, waits up to `graceMs` for the running ones, aborts the rest with `PROVENDER_CLOSED` and waits for their end. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.#running === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    const timer = setTimeout(() => {
      for (const controller of this.#controllers) controller.abort(closed());
    }, graceMs);
    await idle;
    clearTimeout(timer);
  }

  #check(signal: AbortSignal | undefined): void {
    if (this.#closing) throw closed();
    if (signal?.aborted === true) throw abortReason(signal);
  }

  #finished(): void {
    this.#running--;
    if (this.#running === 0) this.#whenIdle?.();
  }
}

function closed(): ProvenderError {
  return new ProvenderError('PROVENDER_CLOSED', 'the storage service is closing; ask another node or later');
}
