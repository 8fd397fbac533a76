import { hashTag } from '../content/hash-tag.ts';
import { sha256 } from '../content/kernels.ts';
import type { ObjectId } from '../content/object-id.ts';

/** A lottery: where, when and how often. */
export interface SelectionRound {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** r. */
  readonly round: bigint;
  /** Seed of the round, 32 bytes; of the round before it for a collection. */
  readonly seed: Uint8Array;
  /** From 0 to 3. */
  readonly attempt: number;
}

const SELECT_TAG = hashTag('select');
const COLLECTION_TAG = hashTag('selectcoll');
const REGISTRATION_TAG = hashTag('vrfreg');

/** α of a file, or of a chunk that is stored alone, 32 bytes. @see storer-selection.md, section 3 */
export function selectionInput(round: SelectionRound, id: ObjectId): Uint8Array {
  const { networkId, seed, attempt } = round;
  return sha256(SELECT_TAG, networkId, roundBytes(round), seed, id, Uint8Array.of(attempt));
}

/** α of the collection of a block, 32 bytes: it holds no content, which the proposer of the block could choose. */
export function collectionInput(round: SelectionRound): Uint8Array {
  const { networkId, seed, attempt } = round;
  return sha256(COLLECTION_TAG, networkId, roundBytes(round), seed, Uint8Array.of(attempt));
}

/** α by which a node shows that it has its VRF key, 32 bytes. @see storer-selection.md, section 2 */
export function registrationInput(keys: {
  readonly networkId: Uint8Array;
  readonly storerKey: Uint8Array;
  readonly vrfKey: Uint8Array;
}): Uint8Array {
  return sha256(REGISTRATION_TAG, keys.networkId, keys.storerKey, keys.vrfKey);
}

function roundBytes({ round }: SelectionRound): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, round);
  return bytes;
}
