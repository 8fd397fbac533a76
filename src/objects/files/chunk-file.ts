import { concatBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { LoneChunk } from '../object-store.ts';

/** u16 length of the head */
const LENGTH_SIZE = 2;

/** Path of a lone chunk: `c/ab/cd/<id>`. */
export function chunkPath(id: ObjectId): { folder: string; path: string } {
  const name = objectIdHex(id);
  const folder = `c/${name.slice(0, 2)}/${name.slice(2, 4)}`;
  return { folder, path: `${folder}/${name}` };
}

/** u16 length of head ‖ head ‖ 4096 bytes. @see object-layout.md, section 7 */
export function encodeChunkFile({ head, block }: LoneChunk): Uint8Array {
  const length = new Uint8Array(LENGTH_SIZE);
  new DataView(length.buffer).setUint16(0, head.length);
  return concatBytes(length, head, block);
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when the file is shorter or longer than its first two bytes say */
export function decodeChunkFile(id: ObjectId, bytes: Uint8Array): LoneChunk {
  const headBytes =
    bytes.length < LENGTH_SIZE ? 0 : new DataView(bytes.buffer, bytes.byteOffset, LENGTH_SIZE).getUint16(0);
  if (bytes.length !== LENGTH_SIZE + headBytes + BLOCK_SIZE) {
    const found = `file of ${bytes.length} bytes that names a head of ${headBytes}`;
    throw new ProvenderError('PROVENDER_CORRUPT', `chunk ${objectIdHex(id)}: ${found}`, {
      details: { id: objectIdHex(id) },
    });
  }
  return {
    id,
    head: bytes.subarray(LENGTH_SIZE, LENGTH_SIZE + headBytes),
    block: bytes.subarray(LENGTH_SIZE + headBytes),
  };
}

/** Bytes that a chunk of this file takes of the limit: head and block. */
export function chunkBytes(fileBytes: number): number {
  return fileBytes - LENGTH_SIZE;
}
