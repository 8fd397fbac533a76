import { objectIdHex, type ObjectId } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';

/**
 * How far a storer is with an object. `drawn`: the lottery ran, or did not need to. `claimed`: primaries have been told. `assigned`: it has a place
 * and waits for its turn or fetches. `committed`: the replica is kept and the Commitment is on its way. `proven`: the primary took the proof, and the
 * round log has to say the rest. `placed`: the SetKey names it. `dropped`: the replica is gone. `passed`: it came to nothing before there was one.
 */
export type StorerStage =
  | 'drawn'
  | 'claimed'
  | 'assigned'
  | 'committed'
  | 'proven'
  | 'placed'
  | 'dropped'
  | 'passed';

/** What the lottery of one object gave. */
export interface DrawFacts {
  /** u, below 2^256. */
  readonly draw: bigint;
  /** The draw wins when it is below this number. */
  readonly threshold: bigint;
  readonly selected: boolean;
}

/** What a storer did about an object, and why. Plain data. */
export interface StorerExplanation {
  readonly id: ObjectId;
  /** r. */
  readonly round: bigint;
  /** Attempt of the last lottery, from 0. */
  readonly attempt: number;
  readonly stage: StorerStage;
  /** w of the snapshot; 0 for a storer that is not in it. */
  readonly weight: bigint;
  /** W of the snapshot. */
  readonly totalWeight: bigint;
  /** Absent when no lottery was run. */
  readonly lottery?: DrawFacts;
  /** Why there is no claim, or why the claim came to nothing. */
  readonly reason?: PlacementReason;
  /** Milliseconds since 1970 of the last change, as the machine believes. */
  readonly changedUnixMs: number;
}

const REMEMBERED = 1000;

/** Explanations of the objects that changed last; older ones are forgotten. */
export class StorerExplanations {
  readonly #entries = new Map<string, StorerExplanation>();
  readonly #limit: number;

  /** @param limit - objects that are remembered */
  constructor(limit = REMEMBERED) {
    this.#limit = limit;
  }

  get(id: ObjectId): StorerExplanation | undefined {
    return this.#entries.get(objectIdHex(id));
  }

  /** Puts an explanation in place of the one before it. */
  set(explanation: StorerExplanation): void {
    const key = objectIdHex(explanation.id);
    this.#entries.delete(key);
    this.#entries.set(key, explanation);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(oldest);
    }
  }

  /** Notes how far the object is now, if it is known and about this round. */
  advance(
    at: { readonly id: ObjectId; readonly round: bigint },
    change: {
      readonly stage: StorerStage;
      readonly reason?: PlacementReason;
      readonly changedUnixMs: number;
    },
  ): void {
    const known = this.get(at.id);
    if (known === undefined || known.round !== at.round) return;
    const { reason: _before, ...kept } = known;
    this.set({ ...kept, ...change });
  }
}
