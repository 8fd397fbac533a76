import { BLOCK_SIZE, ENTRIES_PER_BLOCK, HASH_SIZE, LEAF_SIZE } from './geometry.ts';
import { type ObjectId, parseObjectId } from './object-id.ts';
import { ProvenderError } from './provender-error.ts';

/** The chunks of a collection in ascending order of their ids. */
export interface ChunkList {
  /** count × 32 bytes. */
  readonly ids: Uint8Array;
  /** Content bytes of each chunk, 0 to 4096. */
  readonly lengths: Uint16Array;
}

/** Blocks of the manifest of `count` chunks. */
export function manifestBlockCount(count: number): number {
  return Math.ceil(count / ENTRIES_PER_BLOCK);
}

/**
 * Writes block `block` of the manifest into `out` (4096 bytes): 64 entries `chunkID ‖ u32 length ‖ 0^28`, zeros after the last.
 * One block at a time, since a whole manifest may have 64 MiB.
 * @see proof-of-replication.md, section 3
 */
export function writeManifestBlock(chunks: ChunkList, block: number, out: Uint8Array): void {
  out.fill(0);
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const first = block * ENTRIES_PER_BLOCK;
  const end = Math.min(first + ENTRIES_PER_BLOCK, chunks.lengths.length);
  for (let i = first; i < end; i++) {
    const at = (i - first) * LEAF_SIZE;
    out.set(chunks.ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE), at);
    view.setUint32(at + HASH_SIZE, chunks.lengths[i] ?? 0);
  }
}

/**
 * Reads entry `index` of one manifest block.
 * @throws ProvenderError `PROVENDER_CORRUPT` when the length exceeds a block or the filling is not zero
 */
export function readManifestEntry(block: Uint8Array, index: number): { id: ObjectId; length: number } {
  const leaf = block.subarray(index * LEAF_SIZE, (index + 1) * LEAF_SIZE);
  const length = new DataView(leaf.buffer, leaf.byteOffset, LEAF_SIZE).getUint32(HASH_SIZE);
  if (length > BLOCK_SIZE || leaf.subarray(HASH_SIZE + 4).some((byte) => byte !== 0)) {
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `manifest entry ${index}: length ${length} or filling is wrong`,
    );
  }
  return { id: parseObjectId(leaf.slice(0, HASH_SIZE)), length };
}
