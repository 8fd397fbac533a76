import type { Challenge } from '../../proof/challenge.ts';
import { frameProof } from '../../proof/proof-frame.ts';
import { planProof } from '../../proof/replica-proof.ts';
import type { AnswerRoom } from './answer-room.ts';
import type { ByteBudget } from '../memory/byte-budget.ts';
import { fillProof, PROVING_BYTES } from './fill-proof.ts';
import type { HeldObject } from '../held-object.ts';
import type { LayerReader } from '../reading/layer-reader.ts';

/** What proofs of files and collections are made with. */
export interface StripedProverParts {
  readonly layers: LayerReader;
  /** Memory of all readers together. */
  readonly budget: ByteBudget;
}

/** What is proven, and the answer that it goes into. */
export interface StripedQuestion {
  readonly object: HeldObject;
  readonly challenge: Challenge;
  readonly room: AnswerRoom;
}

/**
 * Makes a proof of a file or a collection. The challenge and the length of the proof are checked before anything is read.
 *
 * @returns the bytes of a ReplicaProof
 * @throws ProvenderError `PROVENDER_INVALID` for a challenge that does not exist for the object or a proof that does not fit into the answer;
 *   `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT`; the reason of an abort
 * @see proof-of-replication.md, sections 7 and 8
 */
export async function proveStriped(
  { layers, budget }: StripedProverParts,
  { object, challenge, room }: StripedQuestion,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const plan = planProof(object.head.statement, challenge);
  const frame = frameProof(plan);
  room.take(frame.bytes.length);
  await budget.during(PROVING_BYTES, () => fillProof(object, frame, { layers, signal }), signal);
  return frame.bytes;
}
