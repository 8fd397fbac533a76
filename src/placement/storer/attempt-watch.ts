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

/** A stream that lasted this long had been well: what breaks it is told, and it is opened again at once. */
const STEADY_MS = 10_000;

/**
 * Hears of the attempts of a primary: one stream, opened again with growing pauses when it breaks. A primary that stays away is told of once.
 * @returns when the signal aborts
 */
export async function watchAttempts(parts: AttemptWatchParts, primary: NodePeer): Promise<void> {
  const { primaries, clock, events, signal } = parts;
  const backoff = new Backoff();
  for (let isAway = false; !signal.aborted; ) {
    const openedMs = clock.now();
    try {
      for await (const open of primaries.watchAttempts(primary, { signal })) {
        parts.onAttempt(open, primary);
      }
    } catch (error) {
      const wasWell = clock.now() - openedMs >= STEADY_MS;
      if (wasWell) backoff.reset();
      if (!signal.aborted && (wasWell || !isAway)) events.trouble('attempts', error);
      isAway = true;
    }
    await clock.sleep(backoff.next(), signal).catch(() => undefined); // the loop sees the abort
  }
}
