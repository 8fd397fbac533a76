import type { PaymentClock } from './clock.ts';

/** The time that work has. */
export interface TimeLimit {
  /** It is over: nobody waits for the work any more. */
  readonly isOver: () => boolean;
  /** Waits for a time, at most until the limit. */
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Lets work go on for a time: what it gave, or `undefined` when it took longer. What becomes of late work is not looked at; it should end soon.
 * @throws what the work throws in time
 */
export async function bounded<T>(
  { clock, ms }: { readonly clock: PaymentClock; readonly ms: number },
  work: (limit: TimeLimit) => Promise<T>,
): Promise<T | undefined> {
  const end = new AbortController();
  const sleep = (pauseMs: number): Promise<void> =>
    clock.sleep(pauseMs, end.signal).catch((error: unknown) => {
      if (!end.signal.aborted) throw error;
    });
  const running = work({ isOver: () => end.signal.aborted, pause: sleep });
  running.catch(() => undefined); // nobody listens to it once it is late
  try {
    return await Promise.race([running, sleep(ms).then(() => undefined)]);
  } finally {
    end.abort(new Error('the time is over'));
  }
}
