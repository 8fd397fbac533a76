import type { Clock } from '../clock.ts';
import type { NodePeer, OpenAttempt, PrimaryCalls } from '../ports.ts';
import { Backoff } from './retrying.ts';
import type { StorerEvents } from './storer-events.ts';

/** What a watch needs. */
export interface AttemptWatchParts {
  readonly primaries: Pick<PrimaryCalls, 'watchAttempts'>;
  readonly clock: Clock;
  readonly events: Pick<StorerEvents, 'trouble'>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  onAttempt(open: OpenAttempt, primary: NodePeer): void;
}

/** Hears of the attempts of a primary: one stream, opened again with growing pauses when it breaks. @returns when the signal aborts */
export async function watchAttempts(parts: AttemptWatchParts, primary: NodePeer): Promise<void> {
  const { primaries, clock, events, signal } = parts;
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      for await (const open of primaries.watchAttempts(primary, { signal })) {
        backoff.reset();
        parts.onAttempt(open, primary);
      }
    } catch (error) {
      if (!signal.aborted) events.trouble('attempts', error);
    }
    await clock.sleep(backoff.next(), signal).catch(() => undefined); // the loop sees the abort
  }
}
