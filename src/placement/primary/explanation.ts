import type { ObjectId } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';

/**
 * How far a placement is: `announcing` until round r is there, `claiming` for Δ1, `assigning` while storers fetch and commit, `signing` while the
 * SetKey waits for its round; then `placed`, `failed` or `cancelled` for good.
 */
export type PlacementState =
  | 'announcing'
  | 'claiming'
  | 'assigning'
  | 'signing'
  | 'placed'
  | 'failed'
  | 'cancelled';

/**
 * How far a storer is. `claimed`: waits for its rank or a free place. `skipped`: a cap keeps it out. `assigned`, `fetching`, `committed` and `complete`:
 * on its way. `signed`: part of the SetKey. `passed`: it came to nothing, or was not needed; `reason` says which.
 */
export type StorerState =
  | 'claimed'
  | 'skipped'
  | 'assigned'
  | 'fetching'
  | 'committed'
  | 'complete'
  | 'signed'
  | 'passed';

/** One storer that spoke up for an object, and what became of it. */
export interface ExplainedStorer {
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** w of the snapshot; 0 for a storer that is not in it. */
  readonly weight: bigint;
  /** Attempt that its claim is for. */
  readonly attempt: number;
  readonly state: StorerState;
  /** Place among all valid claims of the object, from 0; absent before they are ranked and for claims that were refused. */
  readonly rank?: number;
  /** Place of its Assign. */
  readonly place?: number;
  /** Why it was not picked, or dropped out. */
  readonly reason?: PlacementReason;
}

/** Who was picked for an object, who was not, and why. Plain data: what `placement explain` prints. */
export interface Explanation {
  readonly id: ObjectId;
  readonly state: PlacementState;
  readonly profile: number;
  readonly sizeBytes: number;
  /** N. */
  readonly replicas: number;
  /** a, the round that holds the Announce; absent until it is seen. */
  readonly announced?: bigint;
  /** r = a + 1. */
  readonly round?: bigint;
  /** The last attempt that began, from 0. */
  readonly attempt: number;
  /** τ of attempt 0 in thousandths; each attempt doubles it. */
  readonly tauNumerator: bigint;
  /** W of the snapshot that round r uses; absent until round r is there. */
  readonly totalWeight?: bigint;
  /** Storers of that snapshot. */
  readonly registered?: number;
  /** Milliseconds since 1970, as the machine believes. */
  readonly startedUnixMs: number;
  /** How long it took; absent while it runs. */
  readonly tookMs?: number;
  /** Code and sentence of the error that ended it. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** In the order of rank; those without one after them, as they came. At most 256. */
  readonly storers: readonly ExplainedStorer[];
}
