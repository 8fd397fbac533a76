import type { PlacementReason } from '../../reasons.ts';
import type { Candidate } from './seat.ts';

/** Numbers that a run keeps to. @see storer-selection.md, section 5 */
export interface RunRules {
  /** N. */
  readonly replicas: number;
  /** False where regions do not count. */
  readonly regionCap: boolean;
  /** Δ1 in milliseconds. */
  readonly claimMs: number;
  /** Δ2 in milliseconds. */
  readonly shareMs: number;
}

/** Attempts of a placement: each doubles τ. */
export const ATTEMPTS = 4;
/** Storers that are assigned beyond N. */
export const SPARES = 2;
/** An attempt assigns and waits for this many Δ2. */
export const SHARE_SPANS = 3;

/** What a run hears. Storers are named by the hex of their claim hash. */
export type RunEvent =
  /** Round r is there: the first attempt begins. */
  | { readonly what: 'opened' }
  /** A claim that holds; threshold, snapshot and proof are checked, which took from `arrivedMs` until now. */
  | { readonly what: 'claim'; readonly candidate: Candidate; readonly arrivedMs: number }
  /** The content is there to be fetched. */
  | { readonly what: 'staged' }
  /** An Assign was taken, or, with a reason, was not. */
  | { readonly what: 'answer'; readonly hash: string; readonly reason?: PlacementReason }
  /** A storer began to fetch. */
  | { readonly what: 'fetch'; readonly hash: string }
  /** A Commit that fits; the storer has its Challenge. */
  | { readonly what: 'commit'; readonly hash: string; readonly commit: Uint8Array }
  /** An init proof was checked; with a reason, it did not hold. */
  | { readonly what: 'proof'; readonly hash: string; readonly reason?: PlacementReason }
  /** An init proof came that does not hold, but everybody could have made it: the storer keeps its time. */
  | { readonly what: 'doubt'; readonly hash: string }
  /** A storer spoiled its place by something else. */
  | { readonly what: 'spoiled'; readonly hash: string; readonly reason: PlacementReason }
  /** Time went by: `wakeAtMs` is reached. */
  | { readonly what: 'tick' }
  /** The Announce has expired: no further attempt begins, and what does not sign now fails. */
  | { readonly what: 'expired' };

/** What a run wants done. */
export type RunAction =
  /** An attempt is open: tell the storers. */
  | { readonly act: 'attempt'; readonly attempt: number }
  /** Send an Assign: `deadlineMs` from now on. */
  | {
      readonly act: 'assign';
      readonly candidate: Candidate;
      readonly place: number;
      readonly deadlineMs: number;
    }
  /** A storer has no place any more: end what runs for it. */
  | { readonly act: 'release'; readonly candidate: Candidate; readonly reason: PlacementReason }
  /** N storers are complete, in the order of rank: sign. */
  | {
      readonly act: 'sign';
      readonly attempt: number;
      readonly signed: readonly { readonly candidate: Candidate; readonly commit: Uint8Array }[];
    }
  /** There is no way to N any more; `found` were complete. */
  | { readonly act: 'fail'; readonly attempt: number; readonly found: number; readonly hasExpired: boolean };
