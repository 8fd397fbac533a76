import { setTimeout as sleep } from 'node:timers/promises';
import { isProvenderError } from '../../content/provender-error.ts';

/** How often, and how long, a read is repeated. */
export interface RetryLimits {
  /** Time for all attempts together, milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts after the first. @see spec/grpc.md, section 4 */
export const MAX_RETRIES = 3;
const BASE_DELAY_MS = 100;

/** Full jitter over a bound that doubles, after the time that the node asks for. `random` is from 0 to 1. */
export function retryDelayMs(error: unknown, retry: number, random: number): number {
  const asked = isProvenderError(error) ? Number(error.details['retryAfterMs'] ?? 0) : 0;
  return (Number.isFinite(asked) ? asked : 0) + random * BASE_DELAY_MS * 2 ** retry;
}

/**
 * Repeats a read while its errors are retryable, within `timeoutMs` of the monotonic clock.
 * @param attempt - gets the milliseconds that are left
 * @throws what the last attempt threw
 */
export async function withRetries<T>(
  limits: RetryLimits,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const endsAt = performance.now() + limits.timeoutMs;
  for (let retry = 0; ; retry++) {
    try {
      return await attempt(Math.max(1, endsAt - performance.now()));
    } catch (error) {
      if (retry === MAX_RETRIES || !isProvenderError(error) || !error.retryable) throw error;
      const delayMs = retryDelayMs(error, retry, Math.random());
      if (performance.now() + delayMs >= endsAt) throw error;
      // the signal ends the wait; the next attempt then says why
      await sleep(delayMs, undefined, limits.signal === undefined ? {} : { signal: limits.signal }).catch(
        () => undefined,
      );
    }
  }
}
