import type { ObjectStore } from '../../objects/object-store.ts';
import type { BlockHashing } from '../memory/block-hashing.ts';
import type { HeldObject } from '../held-object.ts';
import type { LayerReader } from '../reading/layer-reader.ts';
import type { Findings } from './findings.ts';
import type { HeadCheck } from './head-check.ts';

/** What the checks of a round work with. */
export interface CheckParts {
  readonly store: ObjectStore;
  readonly heads: HeadCheck;
  readonly hashing: BlockHashing;
  readonly findings: Findings;
  readonly layers: LayerReader;
  /** Decodes a whole object, comparing each byte, and gives the lengths of its pieces. */
  readonly content: (object: HeldObject, signal: AbortSignal) => AsyncIterable<number>;
  readonly isDeep: boolean;
  /**
   * Waits until `bytes` may be read: for its turn, and while the round is paused. Called before each read.
   * @throws the reason when the round ends
   */
  readonly turn: (bytes: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Thrown inside a check when the object was removed or replaced meanwhile: no damage. */
export class ChangedMeanwhile extends Error {}
