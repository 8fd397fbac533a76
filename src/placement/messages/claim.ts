import { HASH_SIZE } from '../../content/geometry.ts';
import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { type ObjectId, parseObjectId } from '../../content/object-id.ts';
import { HEADER_SIZE, MESSAGE_CLAIM } from '../../proof/message-header.ts';
import { VRF_PROOF_SIZE } from '../../vrf/ecvrf.ts';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import { checkAttempt, checkProfile } from './object-fields.ts';
import { KEY_SIZE } from './signed-message.ts';

/** "The lottery picked me." Not signed: only the holder of the VRF key can make the proof. */
export interface Claim {
  /** That of the Announce. */
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly id: ObjectId;
  /** r. */
  readonly round: bigint;
  /** From 0 to 3. */
  readonly attempt: number;
  /** Node key of the storer, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** π, 80 bytes. */
  readonly proof: Uint8Array;
}

/** Bytes of a Claim. */
export const CLAIM_SIZE = HEADER_SIZE + HASH_SIZE + 8 + 1 + KEY_SIZE + VRF_PROOF_SIZE;
const CLAIM_TAG = hashTag('claim');

/**
 * header(2) ‖ objectId 32 ‖ u64 r ‖ u8 attempt ‖ storerPK 32 ‖ π 80: 189 bytes.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 5
 */
export function encodeClaim(claim: Claim): Uint8Array {
  return new MessageWriter()
    .header(checkProfile({ ...claim, type: MESSAGE_CLAIM }))
    .bytes(claim.id, HASH_SIZE)
    .u64(claim.round, 'round')
    .u8(checkAttempt(claim.attempt))
    .bytes(claim.storerKey, KEY_SIZE, 'storer key')
    .bytes(claim.proof, VRF_PROOF_SIZE, 'proof')
    .message();
}

/**
 * Reads a Claim and checks its form, not its proof.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeClaim(bytes: Uint8Array): Claim {
  const reader = new MessageReader(bytes, 'claim');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_CLAIM));
  const [id, round] = [parseObjectId(reader.bytes(HASH_SIZE)), reader.u64()];
  const attempt = checkAttempt(reader.u8());
  const [storerKey, proof] = [reader.bytes(KEY_SIZE), reader.bytes(VRF_PROOF_SIZE)];
  reader.end();
  return { profile, networkId, id, round, attempt, storerKey, proof };
}

/** H(tag(claim) ‖ Claim), 32 bytes: the name of a claim in all later messages. */
export function claimHash(claim: Uint8Array): Uint8Array {
  return sha256(CLAIM_TAG, claim);
}
