import { HASH_SIZE } from '../../content/geometry.ts';
import { compareBytes, type ObjectFacts, OBJECT_KIND, objectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_SET_KEY } from '../../proof/message-header.ts';
import { CLAIM_SIZE } from './claim.ts';
import { commitSize } from './commit.ts';
import { MessageReader } from './message-reader.ts';
import { checkNumber, MessageWriter } from './message-writer.ts';
import {
  checkAttempt,
  checkProfile,
  checkReplicas,
  type ObjectFields,
  readObjectFields,
  writeObjectFields,
} from './object-fields.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** A claim and the commitment to it, as they came: messages whole. */
export interface ClaimedCommit {
  /** Claim message, 189 bytes. */
  readonly claim: Uint8Array;
  /** Commit message, 144 + 32 · L bytes. */
  readonly commit: Uint8Array;
}

/** What a primary states when N storers are complete. */
export interface SetKey extends ObjectFields, Pick<ObjectFacts, 'dataRoot'> {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** a: the round that holds the Announce. */
  readonly announced: bigint;
  /** The last one that ran, from 0 to 3. */
  readonly attempt: number;
  /** `owner/collection/key`; may be empty; up to 65,535 bytes of UTF-8. */
  readonly name: string;
  /** N, from 1 to 16: the length of `commitments`. */
  readonly replicas: number;
  readonly commitments: readonly ClaimedCommit[];
  /** Node key of the primary, which signs, 32 bytes. */
  readonly primaryKey: Uint8Array;
}

const MOST_NAME_BYTES = 0xffff;

/**
 * header(9) ‖ objectId 32 ‖ u8 kind ‖ u64 size ‖ u32 count ‖ dataRoot 32 ‖ u64 a ‖ u8 attempt ‖ u16 o ‖ o bytes name ‖ u8 N ‖
 * N × (Claim ‖ Commit) ‖ primaryPK 32 ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 5
 */
export function encodeSetKey(setKey: SetKey, signer: Signer): Uint8Array {
  const { profile, commitments, replicas } = setKey;
  checkForm(setKey);
  if (commitments.length !== replicas) {
    throw new ProvenderError('PROVENDER_INVALID', `${commitments.length} commitments of ${replicas}`);
  }
  const writer = new MessageWriter().header(checkProfile({ ...setKey, type: MESSAGE_SET_KEY }));
  writeObjectFields(writer, setKey);
  writer
    .bytes(setKey.dataRoot, HASH_SIZE, 'data root')
    .u64(setKey.announced, 'announced')
    .u8(checkAttempt(setKey.attempt));
  const name = encodeName(setKey.name);
  writer.u16(name.length).bytes(name, name.length).u8(checkReplicas(replicas));
  for (const { claim, commit } of commitments) {
    writer.bytes(claim, CLAIM_SIZE, 'claim').bytes(commit, commitSize(profile), 'commit');
  }
  return signMessage(writer.bytes(setKey.primaryKey, KEY_SIZE, 'primary key').message(), signer);
}

/**
 * Reads a SetKey and checks its form and its object id. What it states is checked by `verifySetKey`; the messages inside are not read yet.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeSetKey(bytes: Uint8Array): SetKey {
  const reader = new MessageReader(bytes, 'SetKey');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_SET_KEY));
  const object = readObjectFields(reader);
  const [dataRoot, announced] = [reader.bytes(HASH_SIZE), reader.u64()];
  const attempt = checkAttempt(reader.u8());
  const name = reader.text(reader.u16());
  const replicas = checkReplicas(reader.u8());
  const commitments = Array.from({ length: replicas }, () => ({
    claim: reader.bytes(CLAIM_SIZE),
    commit: reader.bytes(commitSize(profile)),
  }));
  const primaryKey = reader.bytes(KEY_SIZE);
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  const place = { announced, attempt, name, replicas, commitments, primaryKey };
  const setKey = { profile, networkId, ...object, dataRoot, ...place };
  checkForm(setKey);
  return setKey;
}

function checkForm(setKey: SetKey): void {
  if (compareBytes(objectId(setKey), setKey.id) !== 0) {
    throw new ProvenderError('PROVENDER_INVALID', 'SetKey: its object id is not that of its fields');
  }
  if (setKey.kind === OBJECT_KIND.collection && setKey.name !== '') {
    throw new ProvenderError('PROVENDER_INVALID', 'SetKey: a collection has no name');
  }
}

/** Bytes of a name. @throws ProvenderError `PROVENDER_INVALID` for more than 65,535 or what is not Unicode text */
export function encodeName(name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  checkNumber('bytes of a name', bytes.length, { least: 0, most: MOST_NAME_BYTES });
  if (new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === name) return bytes;
  throw new ProvenderError('PROVENDER_INVALID', 'SetKey: its name is not Unicode text');
}
