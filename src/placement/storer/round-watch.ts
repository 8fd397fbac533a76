import { isProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';
import type { LoggedRound, RoundLog } from '../rounds/round-log.ts';
import { Backoff } from './retrying.ts';
import type { StorerEvents } from './storer-events.ts';

/** What a watch needs. */
export interface RoundWatchParts {
  readonly log: Pick<RoundLog, 'follow'>;
  readonly clock: Clock;
  readonly events: Pick<StorerEvents, 'trouble'>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  onRound(round: LoggedRound): void;
}

/** Hears of every round from `from` on, each once and in order. @returns when the signal aborts, or the log has closed or forks */
export async function watchRounds(parts: RoundWatchParts, from: bigint): Promise<void> {
  const { log, clock, events, signal } = parts;
  const backoff = new Backoff();
  for (let next = from; !signal.aborted; ) {
    try {
      for await (const round of log.follow(next, { signal })) {
        parts.onRound(round);
        next = round.number + 1n;
        backoff.reset();
      }
    } catch (error) {
      if (signal.aborted || isProvenderError(error, 'PROVENDER_CLOSED')) return;
      events.trouble('log', error);
      if (isProvenderError(error, 'PROVENDER_CORRUPT')) return; // it forks: nothing behind it can be believed
    }
    await clock.sleep(backoff.next(), signal).catch(() => undefined); // the loop sees the abort
  }
}
