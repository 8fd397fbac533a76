import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateRecord } from '../state-store.ts';

/**
 * A record on the disk: u64 createRevision ‖ u64 modRevision ‖ value ‖ first 8 bytes of H(tag ‖ key ‖ all before).
 * LevelDB does not check the sums of the blocks that it reads; this sum sees damage, and a record under the wrong key.
 */
const HEADER_SIZE = 16;
const SUM_SIZE = 8;
const TAG = hashTag('staterecord');

function sumOf(key: string, body: Uint8Array): Uint8Array {
  return sha256(TAG, new TextEncoder().encode(key), body).subarray(0, SUM_SIZE);
}

/** Gives the bytes of a record. */
export function encodeStored({ key, value, createRevision, modRevision }: StateRecord): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + value.length + SUM_SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, createRevision);
  view.setBigUint64(8, modRevision);
  bytes.set(value, HEADER_SIZE);
  const end = HEADER_SIZE + value.length;
  bytes.set(sumOf(key, bytes.subarray(0, end)), end);
  return bytes;
}

/** Reads a record. @throws ProvenderError `PROVENDER_CORRUPT` when it is not what was written */
export function decodeStored(key: string, bytes: Uint8Array): StateRecord {
  const end = bytes.length - SUM_SIZE;
  const sum = end < HEADER_SIZE ? undefined : sumOf(key, bytes.subarray(0, end));
  if (sum === undefined || sum.some((byte, i) => byte !== bytes[end + i]))
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `state record ${key}: its bytes are damaged; restore the folder of the state store`,
      { details: { key } },
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    key,
    // a plain array of its own, where Buffer.slice would share
    value: new Uint8Array(bytes.subarray(HEADER_SIZE, end)),
    createRevision: view.getBigUint64(0),
    modRevision: view.getBigUint64(8),
  };
}
