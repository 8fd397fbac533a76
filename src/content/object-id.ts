import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE, collectionSize, HASH_SIZE, isByteCount, MAX_CHUNKS } from './geometry.ts';
import { hashTag } from './hash-tag.ts';
import { sha256 } from './kernels.ts';
import { ProvenderError } from './provender-error.ts';

/** What an object is. @see proof-of-replication.md, section 3 */
export const OBJECT_KIND = { chunk: 1, file: 2, collection: 3 } as const;
export type ObjectKind = (typeof OBJECT_KIND)[keyof typeof OBJECT_KIND];

/** 32 bytes that commit to kind, size, count and data root. Made only by the parsers and `objectId`. */
export type ObjectId = Uint8Array & { readonly __brand: 'ObjectId' };

/** What an object id commits to. */
export interface ObjectFacts {
  readonly kind: ObjectKind;
  /** Content bytes before padding. */
  readonly sizeBytes: number;
  /** Chunks of a collection, 1 for the other kinds. */
  readonly count: number;
  /** Merkle root of layer 0, 32 bytes. */
  readonly dataRoot: Uint8Array;
}

const OBJECT_TAG = hashTag('object');

/**
 * Id of an object: H(tag(object) ‖ u8 kind ‖ u64 size ‖ u32 count ‖ dataRoot).
 * @see proof-of-replication.md, section 2
 */
export function objectId(facts: ObjectFacts): ObjectId {
  const numbers = new Uint8Array(13);
  const view = new DataView(numbers.buffer);
  view.setUint8(0, facts.kind);
  view.setBigUint64(1, BigInt(facts.sizeBytes));
  view.setUint32(9, facts.count);
  return parseObjectId(sha256(OBJECT_TAG, numbers, facts.dataRoot));
}

/**
 * Takes 32 bytes, or 64 hex digits, as an object id; bytes are not copied.
 * @throws ProvenderError `PROVENDER_INVALID` for another length or other characters
 */
export function parseObjectId(source: Uint8Array | string): ObjectId {
  if (typeof source === 'string') {
    if (!/^[0-9a-fA-F]{64}$/.test(source)) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `object id: ${source.length} characters, not 64 hex digits`,
      );
    }
    return hexToBytes(source) as ObjectId;
  }
  if (source.length !== HASH_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `object id: ${source.length} bytes, not ${HASH_SIZE}`);
  }
  return source as ObjectId;
}

/** 64 lower-case hex digits. */
export function objectIdHex(id: ObjectId): string {
  return bytesToHex(id);
}

/**
 * Checks that size and count fit the kind: a chunk has at most 4096 bytes, a collection the size that its count gives.
 * @throws ProvenderError `PROVENDER_INVALID` naming the field and its limit
 * @see proof-of-replication.md, section 3
 */
export function checkObjectFacts(facts: Omit<ObjectFacts, 'dataRoot'>): void {
  const { kind, sizeBytes, count } = facts;
  const wrong = (what: string): never => {
    throw new ProvenderError('PROVENDER_INVALID', what, { details: { kind, sizeBytes, count } });
  };
  if (!isByteCount(sizeBytes)) wrong(`object size ${sizeBytes} bytes, limit 2^36`);
  if (kind === OBJECT_KIND.chunk && sizeBytes > BLOCK_SIZE)
    wrong(`chunk: ${sizeBytes} bytes, limit ${BLOCK_SIZE}`);
  if (kind !== OBJECT_KIND.collection) {
    if (count !== 1) wrong(`count ${count}; an object of kind ${kind} has 1`);
    return;
  }
  if (count < 1 || count > MAX_CHUNKS) wrong(`collection of ${count} chunks, from 1 to ${MAX_CHUNKS}`);
  if (sizeBytes !== collectionSize(count))
    wrong(`collection of ${count} chunks with ${sizeBytes} bytes, not ${collectionSize(count)}`);
}

/** Reads a kind from the wire. @throws ProvenderError `PROVENDER_INVALID` for an unknown one */
export function parseObjectKind(value: number): ObjectKind {
  if (value === 1 || value === 2 || value === 3) return value;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `object kind ${value}, known are 1 chunk, 2 file, 3 collection`,
  );
}

/** Compares bytes in order: negative when `a` comes first, 0 when equal. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
