import { ProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';

/** The error that a signal stands for. */
export function abortError(signal: AbortSignal): ProvenderError {
  const { reason } = signal;
  if (reason instanceof ProvenderError) return reason;
  return new ProvenderError('PROVENDER_CANCELLED', 'the caller has ended the placement', { cause: reason });
}

/** One signal for several, until it is let go. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Ends the link; the signal stays as it is. */
  unlink(): void;
}

/**
 * Aborts as the first of the signals does. `AbortSignal.any` would do, but leaves a trace of each call in a signal that lives as long as the node
 * (nodejs/node#54614). For signals with few listeners: Node warns of more than ten.
 */
export function linkSignals(...signals: readonly AbortSignal[]): LinkedSignal {
  const abort = new AbortController();
  const follow = (): void => {
    const aborted = signals.find((one) => one.aborted);
    if (aborted !== undefined) abort.abort(abortError(aborted));
  };
  for (const one of signals) one.addEventListener('abort', follow);
  follow();
  const unlink = (): void => {
    for (const one of signals) one.removeEventListener('abort', follow);
  };
  return { signal: abort.signal, unlink };
}

/** Settles as the work does, or rejects when the signal aborts first. @throws the error that the signal stands for */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const give = (): void => reject(abortError(signal));
    const settled = (): void => signal.removeEventListener('abort', give);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: unknown) => {
        settled();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** How long to wait, and what to say when it was not enough. */
export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal;
  readonly late: () => ProvenderError;
}

/** Runs work that heeds its signal, within a time. @throws the error of `late`, or the one that the signal stands for */
export async function within<T>(
  { clock, ms, signal, late }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  const limit = new AbortController();
  const both = linkSignals(limit.signal, ...(signal === undefined ? [] : [signal]));
  const ended = (): void => undefined; // the timer was not needed any more
  clock.sleep(ms, timer.signal).then(() => limit.abort(late()), ended);
  try {
    return await orAborted(work(both.signal), both.signal);
  } finally {
    both.unlink();
    timer.abort();
  }
}
