import { abortReason } from '../abort.ts';

/**
 * Reads a caller's source until its end, also when the source never answers again: an abort ends the wait at once.
 * On every way out but the end, the source is told by its `return`. Errors of the source pass through unchanged.
 *
 * @throws ProvenderError the signal's reason
 */
export async function* sourcePieces<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await unlessAborted(iterator.next(), signal);
      if (next.done === true) {
        ended = true;
        return undefined;
      }
      yield next.value;
    }
  } finally {
    if (!ended) dismiss(iterator);
  }
}

/** Waits for `promise`, or for the abort. Left alone, the promise's failure is nobody's: the call has ended with the reason. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Tells the source that nobody reads on. It is not waited for: a generator that hangs in `next` would never answer. */
function dismiss(iterator: AsyncIterator<unknown>): void {
  void iterator.return?.().catch(() => undefined); // its clean-up failed; the call already ends with its own error
}
