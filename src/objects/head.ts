import { concatBytes } from '@noble/hashes/utils.js';
import { sha256 } from '../content/kernels.ts';
import { compareBytes, type ObjectId, objectIdHex } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { decodeCommitment, type Statement } from '../proof/commitment.ts';
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

/**
 * Reads a head and checks all of it but the signature.
 * @throws ProvenderError `PROVENDER_CORRUPT` for unknown version, trailing bytes, wrong check or wrong Commitment
 */
export function decodeHead(bytes: Uint8Array): Head {
  const bodySize = bytes.length - CHECK_SIZE;
  const fail = (what: string, cause?: unknown): never => {
    throw new ProvenderError('PROVENDER_CORRUPT', `head: ${what}`, cause === undefined ? {} : { cause });
  };
  if (bodySize < PREFIX_SIZE || MAGIC.some((byte, i) => byte !== bytes[i]))
    return fail(`${bytes.length} bytes, no head`);
  if (bytes[3] !== VERSION) return fail(`version ${bytes[3]}, known is ${VERSION}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(PREFIX_SIZE - 2);
  if (PREFIX_SIZE + length !== bodySize)
    return fail(`${bytes.length} bytes, its fields say ${PREFIX_SIZE + length + CHECK_SIZE}`);
  const check = sha256(bytes.subarray(0, bodySize));
  if (bytes.subarray(bodySize).some((byte, i) => byte !== check[i]))
    return fail('its check does not fit its bytes');
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
