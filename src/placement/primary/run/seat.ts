import type { RankedStorer } from '../../ranking.ts';
import type { PlacementReason } from '../../reasons.ts';
import type { StorerState } from '../explanation.ts';

/** A storer whose claim holds in every respect. */
export interface Candidate extends RankedStorer {
  /** Hex of the claim hash; the name of the candidate in every later message. */
  readonly hash: string;
  /** The Claim message. */
  readonly claim: Uint8Array;
  /** Attempt that the claim is for. */
  readonly attempt: number;
}

/** A candidate on its way. Belongs to the run that made it; others only read. */
export interface Seat {
  readonly candidate: Candidate;
  state: StorerState;
  /** Why it was skipped or passed. */
  reason?: PlacementReason;
  /** Of its Assign; absent before it has one. */
  place?: number;
  /** When it loses its place; absent when it has none or is complete. */
  deadlineMs?: number;
  /** It said yes to its Assign. */
  hasAnswered: boolean;
  /** A proof came that does not hold; it was perhaps not its own. */
  isInDoubt?: boolean;
  /** The Commit message that was taken. */
  commit?: Uint8Array;
}

/** Tells whether a storer has a place now: N + 2 at most do. */
export function isActive({ state }: Pick<Seat, 'state'>): boolean {
  return state === 'assigned' || state === 'fetching' || state === 'committed' || state === 'complete';
}

/** What a storer that ran out of time had failed to do. */
export function overdueReason(seat: Pick<Seat, 'state' | 'hasAnswered' | 'isInDoubt'>): PlacementReason {
  const { state, hasAnswered } = seat;
  if (state === 'committed') return seat.isInDoubt ? 'possession' : 'prove';
  if (state === 'fetching') return 'commit';
  return hasAnswered ? 'fetch' : 'unreachable';
}
