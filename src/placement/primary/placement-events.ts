import type { ObjectId } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';

/** What became of one message: taken, or why not. */
type MessageVerdict = 'ok' | PlacementReason;

/** How a placement ended. */
export type PlacementOutcome = 'placed' | 'failed' | 'cancelled';

/** Two different commitments that one storer signed for one claim. */
export interface CommitEvidence {
  readonly claimHash: Uint8Array;
  readonly storerKey: Uint8Array;
  /** The Commit message that was taken. */
  readonly first: Uint8Array;
  /** The other Commit message; its signature holds as well. */
  readonly second: Uint8Array;
}

/** What a primary tells telemetry; calls must return at once and must not throw. */
export interface PlacementEvents {
  /** A Claim was answered. */
  claim(verdict: MessageVerdict): void;
  /** An Assign was answered; `unreachable` when nobody did. */
  assign(verdict: MessageVerdict): void;
  /** Content bytes went to a storer. */
  served(bytes: number): void;
  /** A Commit was answered. */
  commit(verdict: MessageVerdict): void;
  /** A ReplicaProof was checked. @param checkMs - time that the check took */
  prove(verdict: MessageVerdict, checkMs: number): void;
  /** A storer lost its place, for this reason, and the next rank got one if there was any. */
  promotion(reason: PlacementReason): void;
  /** An attempt began, from 0. */
  attempt(attempt: number): void;
  /** A placement ended. */
  ended(outcome: PlacementOutcome, facts: { readonly durationMs: number; readonly attempt: number }): void;
  /** A SetKey of some primary passed over this many known claims of better rank, at least 2. */
  passedOver(primaryKey: Uint8Array, facts: { readonly id: ObjectId; readonly better: number }): void;
  /** A storer contradicted itself. */
  evidence(evidence: CommitEvidence): void;
}
