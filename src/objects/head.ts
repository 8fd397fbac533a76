import { concatBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE, HASH_SIZE } from '../content/geometry.ts';
import { sha256 } from '../content/kernels.ts';
import {
  compareBytes,
  OBJECT_KIND,
  type ObjectId,
  objectIdHex,
  type ObjectKind,
} from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { decodeCommitment, type Statement } from '../proof/commitment.ts';
import { HEADER_SIZE } from '../proof/message-header.ts';
import { parseTag, TAG_SIZE, type Tag } from './tag.ts';

/** The record that makes an object exist. */
export interface Head {
  /** Names the object's data; that of a lone chunk is zero. */
  readonly tag: Tag;
  /** Bytes of the signed Commitment. */
  readonly commitment: Uint8Array;
  /** What the Commitment says. */
  readonly statement: Statement;
}

const MAGIC = new TextEncoder().encode('PVH');
const VERSION = 1;
const TAG_OFFSET = 4;
/** "PVH" ‖ u8 1 ‖ tag 8 ‖ u16 m */
const PREFIX_SIZE = 3 + 1 + TAG_SIZE + 2;
const CHECK_SIZE = 8;

/** head = "PVH" ‖ u8 1 ‖ tag 8 ‖ u16 m ‖ m bytes Commitment ‖ check 8. @see object-layout.md, section 3 */
export function encodeHead(tag: Tag, commitment: Uint8Array): Uint8Array {
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, commitment.length);
  const body = concatBytes(MAGIC, Uint8Array.of(VERSION), tag, length, commitment);
  return concatBytes(body, sha256(body).subarray(0, CHECK_SIZE));
}

function fail(what: string, cause?: unknown): never {
  throw new ProvenderError('PROVENDER_CORRUPT', `head: ${what}`, cause === undefined ? {} : { cause });
}

/** Checks the frame of a head; gives the number of bytes before the check. */
function checkFrame(bytes: Uint8Array): number {
  const bodySize = bytes.length - CHECK_SIZE;
  if (bodySize < PREFIX_SIZE || MAGIC.some((byte, i) => byte !== bytes[i]))
    return fail(`${bytes.length} bytes, no head`);
  if (bytes[3] !== VERSION) return fail(`version ${bytes[3]}, known is ${VERSION}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(PREFIX_SIZE - 2);
  if (PREFIX_SIZE + length !== bodySize)
    return fail(`${bytes.length} bytes, its fields say ${PREFIX_SIZE + length + CHECK_SIZE}`);
  const check = sha256(bytes.subarray(0, bodySize));
  for (let i = 0; i < CHECK_SIZE; i++)
    if (bytes[bodySize + i] !== check[i]) return fail('its check does not fit its bytes');
  return bodySize;
}

/**
 * Reads a head and checks all of it but the signature.
 * @throws ProvenderError `PROVENDER_CORRUPT` for unknown version, trailing bytes, wrong check or wrong Commitment
 */
export function decodeHead(bytes: Uint8Array): Head {
  const bodySize = checkFrame(bytes);
  const commitment = bytes.slice(PREFIX_SIZE, bodySize);
  try {
    return {
      tag: parseTag(bytes.slice(TAG_OFFSET, TAG_OFFSET + TAG_SIZE)),
      commitment,
      statement: decodeCommitment(commitment),
    };
  } catch (error) {
    return fail('its Commitment cannot be read', error);
  }
}

/**
 * Reads the head that stands for `id`.
 * @throws ProvenderError `PROVENDER_CORRUPT` as `decodeHead`, and when it is the head of another object
 */
export function checkedHead(id: ObjectId, bytes: Uint8Array): Head {
  const head = decodeHead(bytes);
  if (compareBytes(head.statement.id, id) !== 0)
    throw new ProvenderError('PROVENDER_CORRUPT', `head of ${objectIdHex(id)}: it is that of another object`);
  return head;
}

/** Tells whether bytes, damaged ones perhaps, have the tag of a lone chunk's head. */
export function hasLoneTag(head: Uint8Array): boolean {
  const tag = head.subarray(TAG_OFFSET, TAG_OFFSET + TAG_SIZE);
  return tag.length === TAG_SIZE && tag.every((byte) => byte === 0);
}

/** header ‖ objectId ‖ u8 kind ‖ u64 size of the Commitment, from the start of the head */
const ID_OFFSET = PREFIX_SIZE + HEADER_SIZE;
const KIND_OFFSET = ID_OFFSET + HASH_SIZE;
const SIZE_OFFSET = KIND_OFFSET + 1;

/** Kind of the object that a head stands for, for counting: nothing is checked but that it is one. */
export function kindInHead(bytes: Uint8Array): ObjectKind | undefined {
  const found = bytes[KIND_OFFSET];
  return Object.values(OBJECT_KIND).find((kind) => kind === found);
}

/** Bytes of the Commitment in a head, a view; nothing is checked. */
export function commitmentInHead(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(PREFIX_SIZE, bytes.length - CHECK_SIZE);
}

/** Profile in a head whose frame was checked. */
export function profileInHead(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(PREFIX_SIZE + 2);
}

/**
 * Reads the length of a lone chunk out of its head without decoding the rest: batches of 64 chunks read from memory then cost 2.9 instead of
 * 9.2 core-ms a MB, for a decoded head is a dozen of small objects. The frame and its check are tested, id and kind compared; whether the length
 * is right shows when the id is computed from the bytes.
 *
 * @throws ProvenderError `PROVENDER_CORRUPT` when it is no head of chunk `id`
 */
export function chunkLengthInHead(bytes: Uint8Array, id: ObjectId): number {
  const bodySize = checkFrame(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bodySize < SIZE_OFFSET + 8 || view.getUint8(KIND_OFFSET) !== OBJECT_KIND.chunk)
    return fail('it is not that of a chunk');
  for (let i = 0; i < HASH_SIZE; i++)
    if (bytes[ID_OFFSET + i] !== id[i]) return fail('it is that of another object');
  const length = view.getUint32(SIZE_OFFSET + 4);
  if (view.getUint32(SIZE_OFFSET) !== 0 || length > BLOCK_SIZE) return fail(`a chunk of ${length} bytes`);
  return length;
}
