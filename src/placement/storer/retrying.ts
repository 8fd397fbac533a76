import { isProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';
import { abortReason, orAborted, timeLimit } from './time-limit.ts';

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;

/** Doubling pauses between tries. */
export class Backoff {
  #nextMs = FIRST_PAUSE_MS;

  /** Begins again with a short pause. */
  reset(): void {
    this.#nextMs = FIRST_PAUSE_MS;
  }

  /** @returns how long to pause now, milliseconds */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(2 * ms, LAST_PAUSE_MS);
    return ms;
  }
}

/** How long to try, and what to try again. */
export interface Patience<T> {
  readonly clock: Clock;
  /** Ends all tries. */
  readonly signal: AbortSignal;
  /** Time of one try, for a call that never answers. */
  readonly tryMs: number;
  readonly what: string;
  /** An answer that may be another one later. */
  readonly notYet?: (answer: T) => boolean;
}

/**
 * Repeats a call that is harmless to repeat until it answers, or gives an error that another try would give again.
 * @throws the error, or the reason of the signal
 */
export async function retrying<T>(
  call: (signal: AbortSignal) => Promise<T>,
  patience: Patience<T>,
): Promise<T> {
  const { clock, signal } = patience;
  const backoff = new Backoff();
  for (;;) {
    if (signal.aborted) throw abortReason(signal);
    const limit = timeLimit(clock, patience.tryMs, patience.what, signal);
    try {
      const answer = await orAborted(call(limit.signal), limit.signal);
      if (patience.notYet?.(answer) !== true) return answer;
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (!mayPass(error)) throw error;
    } finally {
      limit.end();
    }
    await clock.sleep(backoff.next(), signal).catch(() => undefined); // an abort is seen above
  }
}

/** Whether another try may succeed; a write of unknown outcome is repeated, since every message here is idempotent. */
export function mayPass(error: unknown): boolean {
  return isProvenderError(error) && (error.retryable || error.code === 'PROVENDER_AMBIGUOUS');
}
