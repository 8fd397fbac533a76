import { ProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';

/** A signal that aborts after a time, or with another one. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Ends the timer; the signal stays as it is. */
  end(): void;
}

/** Starts one. @param what - what took too long, for the error that the signal aborts with (`PROVENDER_TIMEOUT`) */
export function timeLimit(clock: Clock, ms: number, what: string, parent: AbortSignal): TimeLimit {
  const abort = new AbortController();
  const timer = new AbortController();
  const follow = (): void => abort.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  const expire = (): void =>
    abort.abort(new ProvenderError('PROVENDER_TIMEOUT', `${what}: not within ${ms} ms`));
  const ended = (): void => undefined; // the timer was no longer needed
  clock.sleep(ms, timer.signal).then(expire, ended);
  return {
    signal: abort.signal,
    end: () => {
      parent.removeEventListener('abort', follow);
      timer.abort();
    },
  };
}

/** Settles as the work does, or rejects when the signal aborts first: for work that may not heed it. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const give = (): void => reject(abortReason(signal));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', give))
      .catch(() => undefined);
  });
}

/** Why a signal has aborted, as an error of ours. */
export function abortReason(signal: AbortSignal): ProvenderError {
  const { reason } = signal;
  if (reason instanceof ProvenderError) return reason;
  return new ProvenderError('PROVENDER_CANCELLED', 'the storer has ended the work', { cause: reason });
}
