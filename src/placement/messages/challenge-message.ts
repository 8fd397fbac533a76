import { HASH_SIZE } from '../../content/geometry.ts';
import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_CHALLENGE } from '../../proof/message-header.ts';
import { MessageReader } from './message-reader.ts';
import { checkNumber, MessageWriter } from './message-writer.ts';
import { checkProfile } from './object-fields.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** Leaves of an init proof that answers a challenge; 0 asks for the whole replica. @see proof-of-replication.md, section 7 */
const MOST_LEAVES = 132;
/** Bytes of a beacon. */
const NONCE_SIZE = 32;

/** "Prove what you committed to": drawn by the primary after it has the Commit. */
export interface ChallengeMessage {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly commR: Uint8Array;
  /** Beacon of the proof, 32 bytes; zeros when the whole replica is asked for. */
  readonly nonce: Uint8Array;
  /** Leaves to open, up to 132; 0 for the whole replica. */
  readonly k: number;
  /** Node key of the primary, which signs, 32 bytes. */
  readonly primaryKey: Uint8Array;
}

/**
 * header(5) ‖ commR 32 ‖ nonce 32 ‖ u32 k ‖ primaryPK 32 ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 5
 */
export function encodeChallenge(challenge: ChallengeMessage, signer: Signer): Uint8Array {
  const unsigned = new MessageWriter()
    .header(checkProfile({ ...challenge, type: MESSAGE_CHALLENGE }))
    .bytes(challenge.commR, HASH_SIZE, 'commR')
    .bytes(challenge.nonce, NONCE_SIZE, 'nonce')
    .u32(checkLeaves(challenge.k))
    .bytes(challenge.primaryKey, KEY_SIZE, 'primary key')
    .message();
  return signMessage(unsigned, signer);
}

/**
 * Reads a Challenge and checks its form, not its signature (`isSigned` with its primary key does).
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeChallenge(bytes: Uint8Array): ChallengeMessage {
  const reader = new MessageReader(bytes, 'challenge');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_CHALLENGE));
  const [commR, nonce] = [reader.bytes(HASH_SIZE), reader.bytes(NONCE_SIZE)];
  const k = checkLeaves(reader.u32());
  const primaryKey = reader.bytes(KEY_SIZE);
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { profile, networkId, commR, nonce, k, primaryKey };
}

function checkLeaves(k: number): number {
  return checkNumber('leaves of a challenge', k, { least: 0, most: MOST_LEAVES });
}
