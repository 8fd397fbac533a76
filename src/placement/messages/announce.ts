import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_ANNOUNCE } from '../../proof/message-header.ts';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import {
  checkProfile,
  checkReplicas,
  type ObjectFields,
  readObjectFields,
  writeObjectFields,
} from './object-fields.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** Bytes of an owner. */
const OWNER_SIZE = 20;

/** "I look for storers of this object": opens a lottery in the round behind the one that holds it. */
export interface Announce extends ObjectFields {
  /** Of the replicas. */
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** N, from 1 to 16. */
  readonly replicas: number;
  /** 20 bytes, as configured. */
  readonly owner: Uint8Array;
  /** Strictly increases with each Announce of a primary. */
  readonly nonce: bigint;
  /** Node key of the primary, which signs, 32 bytes. */
  readonly primaryKey: Uint8Array;
}

/**
 * header(1) ‖ objectId 32 ‖ u8 kind ‖ u64 size ‖ u32 count ‖ u8 N ‖ owner 20 ‖ u64 nonce ‖ primaryPK 32 ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 3; rounds.md (the node key in place of the account)
 */
export function encodeAnnounce(announce: Announce, signer: Signer): Uint8Array {
  const writer = new MessageWriter().header(checkProfile({ ...announce, type: MESSAGE_ANNOUNCE }));
  writeObjectFields(writer, announce);
  writer
    .u8(checkReplicas(announce.replicas))
    .bytes(announce.owner, OWNER_SIZE, 'owner')
    .u64(announce.nonce, 'nonce');
  return signMessage(writer.bytes(announce.primaryKey, KEY_SIZE, 'primary key').message(), signer);
}

/**
 * Reads an Announce and checks its form, not its signature (`isSigned` with its primary key does).
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeAnnounce(bytes: Uint8Array): Announce {
  const reader = new MessageReader(bytes, 'announce');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_ANNOUNCE));
  const object = readObjectFields(reader);
  const replicas = checkReplicas(reader.u8());
  const [owner, nonce] = [reader.bytes(OWNER_SIZE), reader.u64()];
  const primaryKey = reader.bytes(KEY_SIZE);
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { profile, networkId, ...object, replicas, owner, nonce, primaryKey };
}
