import { ProvenderError } from '../../../content/provender-error.ts';
import type { RadosCallOptions } from './rados-pool.ts';
import { unwatchSignal, watchSignal } from './signal-fan.ts';

/** How a rare call is bounded. */
export interface RareCallOptions<T> extends RadosCallOptions {
  /** Names the call in errors: `list of pool 'p'`. */
  readonly what: string;
  /** Of what pool, where the caller has none yet. */
  readonly pool?: string;
  /** A time-out of librados then leaves its outcome unknown. */
  readonly isWrite?: boolean;
  /** Gives back what comes when nobody waits any more. */
  readonly discard?: (late: T) => Promise<void>;
}

/**
 * One call that the addon answers with a promise (connect, pool, a page of a listing). Such a call cannot be cancelled: ended early, it rejects
 * at once and goes on unheard, on a thread of the addon.
 */
export class RareCall<T> {
  readonly #options: RareCallOptions<T>;
  #reject: ((error: ProvenderError) => void) | undefined;

  constructor(options: RareCallOptions<T>) {
    this.#options = options;
  }

  /** @throws ProvenderError `PROVENDER_CANCELLED`, `PROVENDER_TIMEOUT`, `PROVENDER_CLOSED`, and what the call throws */
  async run(answer: Promise<T>): Promise<T> {
    const { what, signal, timeoutMs } = this.#options;
    const ended = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () => this.#end('PROVENDER_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`),
            timeoutMs,
          );
    if (signal !== undefined) watchSignal(signal, this);
    try {
      return await Promise.race([answer, ended]);
    } catch (error) {
      this.#discard(answer);
      throw error;
    } finally {
      clearTimeout(timer);
      if (signal !== undefined) unwatchSignal(signal, this);
    }
  }

  /** Ends it because its owner closes. */
  close(): void {
    this.#end('PROVENDER_CLOSED', `${this.#options.what}: closed before the answer came`);
  }

  onAbort(): void {
    this.#end('PROVENDER_CANCELLED', `${this.#options.what}: the caller ended the call`);
  }

  #end(code: 'PROVENDER_TIMEOUT' | 'PROVENDER_CLOSED' | 'PROVENDER_CANCELLED', message: string): void {
    const cause: unknown = code === 'PROVENDER_CANCELLED' ? this.#options.signal?.reason : undefined;
    this.#reject?.(new ProvenderError(code, message, { cause }));
  }

  /** The caller has its error; how a late answer or its discarding fails concerns nobody. */
  #discard(answer: Promise<T>): void {
    const { discard } = this.#options;
    answer.then(discard).catch(() => undefined);
  }
}
