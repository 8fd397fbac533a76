import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { compareBytes, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { blockRoots, chunkIds } from '../../proof/kernels.ts';
import type { ShareItem } from '../../shares/shares.ts';

/**
 * Ids of chunks, n × 32 bytes in their order. They are hashed together, since the kernels work on many blocks at once.
 * @throws ProvenderError `PROVENDER_INVALID` for a chunk of more than 4096 bytes
 */
export function idsOfChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const blocks = new Uint8Array(chunks.length * BLOCK_SIZE);
  const lengths = new Uint16Array(chunks.length);
  chunks.forEach((chunk, i) => {
    checkLength(chunk.length, i);
    blocks.set(chunk, i * BLOCK_SIZE);
    lengths[i] = chunk.length;
  });
  const ids = new Uint8Array(chunks.length * HASH_SIZE);
  if (chunks.length === 0) return ids;
  const roots = new Uint8Array(chunks.length * HASH_SIZE);
  blockRoots(blocks, roots);
  chunkIds(roots, lengths, ids);
  return ids;
}

function checkLength(found: number, index: number): void {
  if (found <= BLOCK_SIZE) return;
  throw new ProvenderError('PROVENDER_INVALID', `chunk ${index}: ${found} bytes, limit ${BLOCK_SIZE}`, {
    details: { found, limit: BLOCK_SIZE },
  });
}

/**
 * Checks that the chunks of an answer are those that their ids name.
 * @throws ProvenderError `PROVENDER_CORRUPT` naming the first that is not
 */
export function checkItems(items: readonly ShareItem[]): void {
  const held = items.flatMap((item) => ('bytes' in item ? [item] : []));
  const found = idsOfChunks(held.map(({ bytes }) => bytes));
  held.forEach(({ id }, i) => {
    const actual = found.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
    if (compareBytes(actual, id) === 0) return;
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `chunk ${objectIdHex(id)}: the bytes that came are those of ${objectIdHex(parseObjectId(actual))}`,
    );
  });
}
