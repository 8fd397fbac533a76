import { concatBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE, HASH_SIZE, MAX_CHUNKS } from '../content/geometry.ts';
import { type ObjectId, parseObjectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { ChunkLocation, IndexRow } from './object-store.ts';
import { parseTag, TAG_SIZE, type Tag } from './tag.ts';

/** Bytes of a chunk id that the key of its row starts with. @see object-layout.md, section 2 */
export const INDEX_PREFIX_SIZE = 16;
/** u32 position ‖ u16 length */
const PLACE_SIZE = 6;
/** Bytes of a row as `packIndexRows` packs it. */
export const PACKED_ROW_SIZE = INDEX_PREFIX_SIZE + PLACE_SIZE;

/** Key of an index row: first 16 bytes of the chunk id ‖ tag. */
export function indexRowKey(chunk: ObjectId, tag: Tag): Uint8Array {
  return concatBytes(chunk.subarray(0, INDEX_PREFIX_SIZE), tag);
}

/** What is known of rows before the collection's id is: first 16 bytes of the chunk id ‖ u32 position ‖ u16 length, 22 bytes for each. */
export function packIndexRows(rows: readonly IndexRow[]): Uint8Array {
  const packed = new Uint8Array(rows.length * PACKED_ROW_SIZE);
  const view = new DataView(packed.buffer);
  rows.forEach(({ id, position, length }, i) => {
    const at = i * PACKED_ROW_SIZE;
    packed.set(id.subarray(0, INDEX_PREFIX_SIZE), at);
    view.setUint32(at + INDEX_PREFIX_SIZE, position);
    view.setUint16(at + INDEX_PREFIX_SIZE + 4, length);
  });
  return packed;
}

/** Rows as they are stored: first 16 bytes of the chunk id ‖ tag -> u32 position ‖ u16 length ‖ collection id. */
export function unpackIndexRows(
  packed: Uint8Array,
  tag: Tag,
  collection: ObjectId,
): { key: Uint8Array; value: Uint8Array }[] {
  return Array.from({ length: packed.length / PACKED_ROW_SIZE }, (_, i) => {
    const row = packed.subarray(i * PACKED_ROW_SIZE, (i + 1) * PACKED_ROW_SIZE);
    return {
      key: concatBytes(row.subarray(0, INDEX_PREFIX_SIZE), tag),
      value: concatBytes(row.subarray(INDEX_PREFIX_SIZE), collection),
    };
  });
}

/** Reads an index row. @throws ProvenderError `PROVENDER_CORRUPT` for another length, position or chunk length than can be */
export function decodeIndexRow(key: Uint8Array, value: Uint8Array): ChunkLocation {
  if (key.length !== INDEX_PREFIX_SIZE + TAG_SIZE || value.length !== PLACE_SIZE + HASH_SIZE)
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `index row: key of ${key.length} and value of ${value.length} bytes`,
    );
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const position = view.getUint32(0);
  const length = view.getUint16(4);
  if (position >= MAX_CHUNKS || length > BLOCK_SIZE)
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `index row: position ${position}, chunk of ${length} bytes`,
    );
  return {
    collection: parseObjectId(value.slice(PLACE_SIZE)),
    tag: parseTag(key.slice(INDEX_PREFIX_SIZE)),
    position,
    length,
  };
}
