import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { byteCount, HASH_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { sha256 } from '../content/kernels.ts';
import {
  checkObjectFacts,
  type ObjectFacts,
  type ObjectId,
  objectId,
  parseObjectId,
  parseObjectKind,
} from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { decodeHeader, encodeHeader, HEADER_SIZE, MESSAGE_COMMITMENT } from './message-header.ts';
import { profilePasses } from './profile.ts';

/** Bytes of an Ed25519 signature. */
const SIGNATURE_SIZE = 64;

/** What a storer says of a share it holds. @see proof-of-replication.md, section 8 */
export interface Statement extends ObjectFacts {
  readonly profile: number;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
  readonly id: ObjectId;
  /** Ed25519 node key of the storer, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** Seed of the selection round, 32 bytes; zeros for a share set directly. */
  readonly seed: Uint8Array;
  /** Selection round; 0 for a share set directly. */
  readonly round: bigint;
  readonly replicaIndex: number;
  /** R_1 … R_L, 32 bytes each; empty for profile none. */
  readonly layerRoots: readonly Uint8Array[];
}

/** The part of a statement that names a replica before it is made. */
export type ReplicaName = Omit<Statement, keyof ObjectFacts | 'layerRoots'>;

/** A node key as far as signing needs it. */
export interface Signer {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 signature (RFC 8032, pure), 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

const MESSAGE_TAG = hashTag('msg');
const REPLICA_TAG = hashTag('replica');
const COMM_R_TAG = hashTag('commr');
/** objectId ‖ u8 kind ‖ u64 size ‖ u32 count ‖ dataRoot ‖ storerPK ‖ seed_r ‖ u64 r ‖ u32 replicaIndex */
const FIXED_SIZE = 32 + 1 + 8 + 4 + 32 + 32 + 32 + 8 + 4;

/** Bytes of a Commitment. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown profile */
export function commitmentSize(profile: number): number {
  return HEADER_SIZE + FIXED_SIZE + profilePasses(profile) * HASH_SIZE + SIGNATURE_SIZE;
}

/** The bytes of a Commitment before its signature. @see proof-of-replication.md, section 8 */
export function encodeStatement(statement: Statement): Uint8Array {
  const kindSizeCount = new Uint8Array(13);
  const first = new DataView(kindSizeCount.buffer);
  first.setUint8(0, statement.kind);
  first.setBigUint64(1, BigInt(statement.sizeBytes));
  first.setUint32(9, statement.count);
  return concatBytes(
    encodeHeader({ type: MESSAGE_COMMITMENT, profile: statement.profile, networkId: statement.networkId }),
    statement.id,
    kindSizeCount,
    statement.dataRoot,
    statement.storerKey,
    statement.seed,
    roundAndIndex(statement),
    ...statement.layerRoots,
  );
}

function roundAndIndex(statement: ReplicaName): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, statement.round);
  view.setUint32(8, statement.replicaIndex);
  return bytes;
}

/**
 * The signed statement of a share: the bytes of the Commitment message.
 * @see proof-of-replication.md, section 8 (bytes) and 9 (signature over H(tag(msg) ‖ all before))
 */
export function signCommitment(statement: Statement, signer: Signer): Uint8Array {
  const unsigned = encodeStatement(statement);
  return concatBytes(unsigned, signer.sign(sha256(MESSAGE_TAG, unsigned)));
}

/**
 * Reads a Commitment and checks its form and its object id; the signature is checked by `isSignedByStorer`.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeCommitment(bytes: Uint8Array): Statement {
  const { profile, networkId } = decodeHeader(bytes, MESSAGE_COMMITMENT);
  const passes = profilePasses(profile);
  const length = commitmentSize(profile);
  if (bytes.length !== length) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `commitment: ${bytes.length} bytes, profile ${profile} has ${length}`,
    );
  }
  const statement = { profile, networkId, ...decodeFixed(bytes), layerRoots: decodeRoots(bytes, passes) };
  if (!equalBytes(objectId(statement), statement.id)) {
    throw new ProvenderError('PROVENDER_INVALID', 'commitment: its object id is not that of its fields');
  }
  return statement;
}

function decodeFixed(bytes: Uint8Array): Omit<Statement, 'profile' | 'networkId' | 'layerRoots'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = HEADER_SIZE;
  const take = (length: number): Uint8Array => bytes.slice(at, (at += length));
  const id = parseObjectId(take(32));
  const kind = parseObjectKind(view.getUint8(at));
  const sizeBytes = byteCount(view.getBigUint64(at + 1), 'commitment size');
  const count = view.getUint32(at + 9);
  checkObjectFacts({ kind, sizeBytes, count });
  at += 13;
  const dataRoot = take(32);
  const storerKey = take(32);
  const seed = take(32);
  return {
    id,
    kind,
    sizeBytes,
    count,
    dataRoot,
    storerKey,
    seed,
    round: view.getBigUint64(at),
    replicaIndex: view.getUint32(at + 8),
  };
}

function decodeRoots(bytes: Uint8Array, passes: number): Uint8Array[] {
  const first = HEADER_SIZE + FIXED_SIZE;
  return Array.from({ length: passes }, (_, l) =>
    bytes.slice(first + l * HASH_SIZE, first + (l + 1) * HASH_SIZE),
  );
}

/** Tells whether the signature of a Commitment is that of the storer key inside it (strict RFC 8032 verification). */
export function isSignedByStorer(bytes: Uint8Array): boolean {
  const { storerKey } = decodeCommitment(bytes);
  const unsigned = bytes.subarray(0, bytes.length - SIGNATURE_SIZE);
  const signature = bytes.subarray(bytes.length - SIGNATURE_SIZE);
  return ed25519.verify(signature, sha256(MESSAGE_TAG, unsigned), storerKey, { zip215: false });
}

/** Binds a replica to profile, network, object, storer and round. @see proof-of-replication.md, section 2 */
export function replicaId(statement: ReplicaName): Uint8Array {
  const profile = new Uint8Array(2);
  new DataView(profile.buffer).setUint16(0, statement.profile);
  const { networkId, id, storerKey, seed } = statement;
  return sha256(REPLICA_TAG, profile, networkId, id, storerKey, seed, roundAndIndex(statement));
}

/** commR = H(tag(commr) ‖ replicaId ‖ R_1 ‖ … ‖ R_L). @see proof-of-replication.md, section 2 */
export function commR(statement: Statement): Uint8Array {
  return sha256(COMM_R_TAG, replicaId(statement), ...statement.layerRoots);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
