import { setTimeout as wait } from 'node:timers/promises';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { portError } from './port-error.ts';
import type { RadosEvents } from './rados-events.ts';
import type { RadosSession } from './rados-session.ts';

/** Pause before an operation is sent again; doubles up to the second. An unanswered one has waited for its time-out already. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 1000;

/** A guarded operation, as it is sent and judged. */
export interface GuardedCall<T> {
  /** Of the port, for messages and events: `publish`. */
  readonly operation: string;
  readonly key: string;
  readonly session: RadosSession;
  /**
   * Sends the operation once and judges its answer; throws when there is nothing to judge.
   * @param again - an earlier one may have landed
   */
  readonly attempt: (again: boolean) => Promise<T>;
  /**
   * Finds out without doing it again; used once the caller was told `PROVENDER_AMBIGUOUS`, where somebody may since have made what the guard cannot
   * tell from the old one. Has to be a write, which RADOS orders behind the ones without an answer.
   */
  readonly findOut?: () => Promise<T>;
  /** Called once with the outcome, also when that comes after the caller was told `PROVENDER_AMBIGUOUS`. Must not throw. */
  readonly answered?: (outcome: T) => void;
  /** Called once instead of `answered` when nothing was done and nothing is on its way. Must not throw. */
  readonly refused?: () => void;
}

/** How long callers wait, and whom to tell. */
export interface SettlerOptions {
  readonly settleMs: number;
  readonly events: RadosEvents | undefined;
}

/**
 * Finds out what became of operations without an answer: sends the same guarded operation again until it is answered. A caller waits `settleMs` for
 * that, then gets `PROVENDER_AMBIGUOUS`, and the search goes on behind it, until the session ends or `close`.
 *
 * @see object-layout.md, section 9
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #closing = new AbortController();
  /** By key. */
  readonly #searches = new Map<string, Promise<void>>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /**
   * Runs a guarded operation, once it is known what became of earlier ones of this pod on the same key: one that is still being found out could
   * otherwise undo what this one is acknowledged for.
   * @throws ProvenderError `PROVENDER_AMBIGUOUS` without an answer in time; `PROVENDER_UNAVAILABLE` when an earlier one has none; the reason of the
   *   session's end; what `attempt` throws
   */
  async run<T>(call: GuardedCall<T>): Promise<T> {
    call.session.ended.throwIfAborted();
    const startedMs = performance.now();
    const earlier = this.#searches.get(call.key);
    if (earlier !== undefined) await this.#behind(earlier, call);
    let outcome: T;
    try {
      outcome = await call.attempt(false);
    } catch (error) {
      const failure = portError(error, call.session, `${call.operation} ${call.key}`);
      if (isProvenderError(failure, 'PROVENDER_AMBIGUOUS')) return this.#settle(call, startedMs, failure);
      // A session that ended may have landed what was in flight; nobody repeats it, and its fence comes before any sweep.
      if (!call.session.ended.aborted) call.refused?.();
      throw failure;
    }
    call.answered?.(outcome);
    return outcome;
  }

  /**
   * Sends a write of equal bytes under a name that is never used twice, or a deletion, until it is answered.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` without an answer within `settleMs`; what was answered
   */
  async repeat<T>(
    session: RadosSession,
    name: { operation: string; key: string },
    send: () => Promise<T>,
  ): Promise<T> {
    const endMs = performance.now() + this.#options.settleMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      session.ended.throwIfAborted();
      try {
        return await send();
      } catch (error) {
        const failure = portError(error, session, `${name.operation} ${name.key}`);
        if (!isProvenderError(failure, 'PROVENDER_AMBIGUOUS')) throw failure;
        if (performance.now() + pauseMs > endMs) throw noAnswer('PROVENDER_UNAVAILABLE', name, failure);
      }
      this.#options.events?.retried?.(name);
      await wait(pauseMs, undefined, { signal: session.ended }).catch(() => session.ended.throwIfAborted());
    }
  }

  /** Gives the searches up that nobody waits for. Their outcome stays unknown to this process. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#searches.values());
  }

  async #behind<T>(earlier: Promise<void>, call: GuardedCall<T>): Promise<void> {
    const timer = new AbortController();
    const late = wait(this.#options.settleMs, true, { signal: timer.signal }).catch(() => false);
    const isLate = await Promise.race([earlier.then(() => false), late]);
    timer.abort();
    call.session.ended.throwIfAborted();
    if (!isLate) return;
    call.refused?.();
    throw new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `${call.operation} ${call.key}: the cluster has not yet answered an earlier operation on it; repeat later`,
    );
  }

  async #settle<T>(call: GuardedCall<T>, startedMs: number, first: ProvenderError): Promise<T> {
    const timer = new AbortController();
    let isTold = false;
    const search = this.#search(call, () =>
      isTold && call.findOut !== undefined ? call.findOut() : call.attempt(true),
    );
    const kept = search.then(
      (outcome) => call.answered?.(outcome),
      () => undefined, // the session ended, or we close
    );
    this.#searches.set(call.key, kept);
    void kept.finally(() => this.#searches.delete(call.key));
    const leftMs = Math.max(0, this.#options.settleMs - (performance.now() - startedMs));
    const late = wait(leftMs, undefined, { signal: timer.signal }).then(() => {
      isTold = true;
      this.#options.events?.ambiguous?.({ operation: call.operation, key: call.key });
      throw noAnswer('PROVENDER_AMBIGUOUS', call, first);
    });
    late.catch(() => undefined); // when it loses the race
    try {
      return await Promise.race([search, late]);
    } finally {
      timer.abort();
    }
  }

  /** While an earlier operation may land, an error is no answer either: it does not say what became of that one. */
  async #search<T>(call: GuardedCall<T>, attempt: () => Promise<T>): Promise<T> {
    const { session } = call;
    const signal = AbortSignal.any([session.ended, this.#closing.signal]);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      this.#options.events?.retried?.({ operation: call.operation, key: call.key });
      await wait(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      try {
        return await attempt();
      } catch (error) {
        portError(error, session, call.operation); // may end the session
        signal.throwIfAborted();
        if (isProvenderError(error, 'PROVENDER_CONFLICT') || isProvenderError(error, 'PROVENDER_CORRUPT'))
          throw error;
      }
    }
  }
}

function noAnswer(
  code: 'PROVENDER_AMBIGUOUS' | 'PROVENDER_UNAVAILABLE',
  { operation, key }: { operation: string; key: string },
  cause: unknown,
): ProvenderError {
  const advice =
    code === 'PROVENDER_AMBIGUOUS' ? 'it may still land; read before you repeat' : 'repeat later';
  return new ProvenderError(code, `${operation} ${key}: the cluster did not answer in time; ${advice}`, {
    cause,
  });
}
