import { randomUUID } from 'node:crypto';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateLease } from '../state-store.ts';

/** Renewals in the time of a lease. */
const RENEWALS = 3;

/**
 * A lease of an embedded store. Its owner is this process, so it is lost only when the process stood still for its whole time: stopped, starved,
 * or on a machine that slept. Time is monotonic.
 *
 * States: kept -> ended.
 */
export class LevelLease implements StateLease {
  /** The store that granted it. */
  readonly store: object;
  readonly name = randomUUID();
  readonly #ttlMs: number;
  readonly #onEnd: (lease: LevelLease) => Promise<void>;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #end: Promise<void> | undefined;

  /** @param options.onEnd - deletes its records; called once */
  constructor(options: {
    readonly store: object;
    readonly ttlMs: number;
    readonly onEnd: (lease: LevelLease) => Promise<void>;
  }) {
    this.store = options.store;
    this.#ttlMs = options.ttlMs;
    this.#onEnd = options.onEnd;
    this.#timer = setInterval(() => this.#renew(), options.ttlMs / RENEWALS);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Tells whether it may still bind records; notices that its time is over. */
  isKept(): boolean {
    if (this.#end === undefined && performance.now() - this.#renewedAt > this.#ttlMs) {
      const late = new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        `lease lost: nobody renewed it for ${this.#ttlMs} ms`,
      );
      // The store tells the reason of a failed deletion to every later call.
      this.lose(late).catch(() => undefined);
    }
    return this.#end === undefined;
  }

  /** Ends it against the will of its owner. */
  lose(reason: ProvenderError): Promise<void> {
    if (this.#end !== undefined) return this.#end;
    const end = this.close();
    this.#lost.abort(reason);
    return end;
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#end ??= this.#onEnd(this);
    return this.#end;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #renew(): void {
    if (this.isKept()) this.#renewedAt = performance.now();
  }
}
