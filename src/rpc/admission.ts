import { ProvenderError } from '../content/provender-error.ts';

/** How much a server takes on at once. */
export interface AdmissionLimits {
  readonly maxCalls: number;
  /** Content bytes that the running calls may hold in sum. */
  readonly maxBytesInFlight: number;
}

/** When a refused caller may come back; it adds jitter of its own. */
const RETRY_AFTER_MS = 100;

/** Counts running calls and what they hold, and refuses what is too much at once. One per server. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #calls = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Calls that run now. */
  get calls(): number {
    return this.#calls;
  }

  /** Bytes that they may hold. */
  get bytesInFlight(): number {
    return this.#bytes;
  }

  /**
   * Takes a place; `leave` with the same figure gives it back.
   * @throws ProvenderError `PROVENDER_BUSY` with `retryAfterMs`
   */
  enter(bytes: number): void {
    const { maxCalls } = this.#limits;
    if (this.#calls >= maxCalls) throw busy(`${this.#calls} calls run`, { limit: maxCalls });
    this.#checkRoom(bytes);
    this.#calls++;
    this.#bytes += bytes;
  }

  /** Counts more for a call that has a place; `leave` gives it back with the rest. @throws ProvenderError as `enter` */
  hold(bytes: number): void {
    this.#checkRoom(bytes);
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#calls--;
    this.#bytes -= bytes;
  }

  #checkRoom(bytes: number): void {
    const { maxBytesInFlight } = this.#limits;
    if (this.#bytes + bytes <= maxBytesInFlight) return;
    throw busy(`running calls hold ${this.#bytes} bytes`, { limit: maxBytesInFlight, needed: bytes });
  }
}

function busy(what: string, facts: Record<string, number> & { limit: number }): ProvenderError {
  return new ProvenderError(
    'PROVENDER_BUSY',
    `${what}, limit ${facts.limit}: repeat in ${RETRY_AFTER_MS} ms`,
    {
      details: { ...facts, retryAfterMs: RETRY_AFTER_MS },
    },
  );
}
