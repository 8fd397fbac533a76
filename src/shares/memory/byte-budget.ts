import { ProvenderError } from '../../content/provender-error.ts';
import { abortReason } from '../abort.ts';

interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * A bounded number of bytes of memory, given out in the order of asking.
 *
 * - Whoever holds bytes and waits for more could wait for ever, so `take` once and use `tryTake` for what would be nice to have.
 * - A large request is not overtaken by small ones, so it cannot starve.
 */
export class ByteBudget {
  readonly limitBytes: number;
  readonly #what: string;
  readonly #waiting = new Set<Waiter>();
  #usedBytes = 0;

  /** @param what - names the setting, for messages */
  constructor(what: string, limitBytes: number) {
    this.#what = what;
    this.limitBytes = limitBytes;
  }

  /** Bytes that are given out. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Waits for its turn and takes `bytes`; give them back with `release`.
   * @throws ProvenderError `PROVENDER_INVALID` for more than there ever is; the signal's reason when it aborts first
   */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (bytes > this.limitBytes) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `${bytes} bytes of memory needed, ${this.#what} is ${this.limitBytes}; send less at once or raise it`,
        { details: { needed: bytes, limit: this.limitBytes } },
      );
    }
    if (signal?.aborted === true) throw abortReason(signal);
    if (this.tryTake(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiter);
        this.#grantWaiting();
        if (signal !== undefined) reject(abortReason(signal));
      };
      const grant = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const waiter: Waiter = { bytes, grant };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Takes `bytes` if they are free and nobody waits; tells whether it did. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.size > 0 || this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Holds `bytes` while `work` runs, whatever becomes of it. @throws ProvenderError as `take` */
  async during<T>(bytes: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.take(bytes, signal);
    try {
      return await work();
    } finally {
      this.release(bytes);
    }
  }

  /** Gives `bytes` back. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#grantWaiting();
  }

  #grantWaiting(): void {
    for (const waiter of this.#waiting) {
      if (this.#usedBytes + waiter.bytes > this.limitBytes) return;
      this.#usedBytes += waiter.bytes;
      this.#waiting.delete(waiter);
      waiter.grant();
    }
  }
}
