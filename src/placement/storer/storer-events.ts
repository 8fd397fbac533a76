import type { ObjectId } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';

/** How the work of one assignment ended. `lost`: the log has a SetKey with this storer's commitment and the replica is not there. */
export type AssignmentOutcome = 'placed' | 'dropped' | 'failed' | 'lost';

/** What a storer tells telemetry; calls must return at once and must not throw. */
export interface StorerEvents {
  /** Lotteries of one round were run. @param selected - how many of them were won */
  lotteries(facts: { readonly run: number; readonly selected: number; readonly tookMs: number }): void;
  /** A lottery was won: a claim follows, or this is why none does. */
  claim(verdict: 'ok' | PlacementReason): void;
  /** A primary answered a Claim; `unreachable` when none did in time. */
  answered(verdict: 'ok' | PlacementReason): void;
  /** An Assign was answered. */
  assign(verdict: 'ok' | PlacementReason): void;
  /** Content bytes came from a source. */
  fetched(bytes: number): void;
  /** An assignment ended. */
  ended(
    outcome: AssignmentOutcome,
    facts: { readonly id: ObjectId; readonly reason?: PlacementReason; readonly tookMs: number },
  ): void;
  /** Bytes that claims and assignments hold back now. */
  reserved(bytes: number): void;
  /** Something failed that the storer will try again. */
  trouble(what: 'log' | 'attempts' | 'lottery' | 'state' | 'drop', error: unknown): void;
}
