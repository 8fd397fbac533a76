import { setTimeout as wait } from 'node:timers/promises';
import { ProvenderError } from '../../content/provender-error.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { CallFailure, CallLimits, CallResult } from './etcd-call.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';
import { failureError, mayRepeat } from './etcd-failures.ts';

/** Time in which a call may go from endpoint to endpoint. */
export const TOTAL_MS = 5000;
/** Pause when every endpoint has been asked once. */
const PAUSE_MS = 50;

/** A call that may be repeated: a read, or a write that changes nothing the second time. */
export interface Repeatable<T> {
  /** For messages. */
  readonly what: string;
  /** Runs it once. */
  run(endpoint: EtcdEndpoint, limits: CallLimits): Promise<CallResult<T>>;
  /** Time in all; 5 s unless told. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a repeatable call, at the next endpoint when one fails.
 * @returns the answer, or a failure that no other endpoint would mend
 * @throws ProvenderError `PROVENDER_UNAVAILABLE` when the time is over, `PROVENDER_CANCELLED`, `PROVENDER_CONFIG` when another cluster answers
 */
export async function repeatUntilAnswered<T>(
  pool: EndpointPool,
  call: Repeatable<T>,
): Promise<CallResult<T>> {
  const { signal, what } = call;
  const until = performance.now() + (call.totalMs ?? TOTAL_MS);
  const asked = new Set<EtcdEndpoint>();
  let last: CallFailure | undefined;
  for (;;) {
    throwIfAborted(signal, what);
    const leftMs = until - performance.now();
    if (leftMs <= 0) break;
    const endpoint = pool.pick(asked);
    if (endpoint === undefined) {
      if (asked.size > 0 && pool.pick() !== undefined) await wait(Math.min(PAUSE_MS, leftMs));
      else if ((await pool.usable(until, signal)) === undefined) break;
      asked.clear();
      continue;
    }
    const deadlineMs = Math.min(pool.deadlineMs, leftMs);
    const result = await call.run(endpoint, { deadlineMs, signal });
    if ('answer' in result || !mayRepeat(result.failure)) return result;
    last = result.failure;
    asked.add(endpoint);
  }
  throwIfAborted(signal, what);
  throw last === undefined ? pool.nobody(what) : failureError(last, what);
}

/** Like `repeatUntilAnswered`, for calls that no refusal is expected of. @throws ProvenderError also for a refusal */
export async function answerOf<T>(pool: EndpointPool, call: Repeatable<T>): Promise<T> {
  const result = await repeatUntilAnswered(pool, call);
  if ('failure' in result) throw failureError(result.failure, call.what);
  return result.answer;
}

/** @throws ProvenderError `PROVENDER_CANCELLED` */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted !== true) return;
  throw new ProvenderError('PROVENDER_CANCELLED', `${what} cancelled`, { cause: signal.reason });
}
