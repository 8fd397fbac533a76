/** A signal that aborts with others, or after a time. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
  /** The time was over before any of the others aborted. */
  readonly isLate: boolean;
}

/**
 * Links a signal to others until it is disposed of. `AbortSignal.any` does the same, but what it makes stays in memory as long as the source that lives
 * longest (Node 20: 2 KB for each request of a reader that is open for months).
 */
export function linkSignal(sources: readonly (AbortSignal | undefined)[], limitMs?: number): LinkedSignal {
  const own = new AbortController();
  let isLate = false;
  const follow = (event: Event): void => {
    if (event.target instanceof AbortSignal) own.abort(event.target.reason);
  };
  const expire = (): void => {
    isLate = !own.signal.aborted;
    own.abort();
  };
  for (const source of sources) {
    if (source?.aborted === true) own.abort(source.reason);
    else source?.addEventListener('abort', follow, { once: true });
  }
  const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
  return {
    signal: own.signal,
    get isLate() {
      return isLate;
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const source of sources) source?.removeEventListener('abort', follow);
    },
  };
}
