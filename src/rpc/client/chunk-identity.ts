import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { compareBytes, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { blockRoots, chunkIds } from '../../proof/kernels.ts';
import type { ShareItem } from '../../shares/shares.ts';
import { MAX_BATCH } from '../methods.ts';

/** Where the chunks of one batch are brought together; a fresh one for each would be 256 KiB of garbage. */
const scratch = new Uint8Array(MAX_BATCH * BLOCK_SIZE);

/** What names chunks, n × 32 bytes each, in their order. */
export interface ChunkIdentities {
  readonly ids: Uint8Array;
  /** Data roots, which are the block roots of a collection of them. */
  readonly roots: Uint8Array;
}

/**
 * Ids and data roots of chunks. They are hashed together, since the kernels work on many blocks at once.
 * @throws ProvenderError `PROVENDER_INVALID` for a chunk of more than 4096 bytes
 */
export function identitiesOf(chunks: readonly Uint8Array[]): ChunkIdentities {
  const lengths = Uint16Array.from(chunks, (chunk, i) => checkedLength(chunk.length, i));
  const roots = new Uint8Array(chunks.length * HASH_SIZE);
  for (let at = 0; at < chunks.length; at += MAX_BATCH) {
    const batch = chunks.slice(at, at + MAX_BATCH);
    blockRoots(together(batch), roots.subarray(at * HASH_SIZE, (at + batch.length) * HASH_SIZE));
  }
  const ids = new Uint8Array(chunks.length * HASH_SIZE);
  chunkIds(roots, lengths, ids);
  return { ids, roots };
}

/** The chunks behind each other in `scratch`, each filled to a block with zeros. */
function together(chunks: readonly Uint8Array[]): Uint8Array {
  chunks.forEach((chunk, i) => {
    const end = (i + 1) * BLOCK_SIZE;
    scratch.set(chunk, i * BLOCK_SIZE);
    scratch.fill(0, i * BLOCK_SIZE + chunk.length, end);
  });
  return scratch.subarray(0, chunks.length * BLOCK_SIZE);
}

function checkedLength(found: number, index: number): number {
  if (found <= BLOCK_SIZE) return found;
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
  const found = identitiesOf(held.map(({ bytes }) => bytes)).ids;
  held.forEach(({ id }, i) => {
    const actual = found.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
    if (compareBytes(actual, id) === 0) return;
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `chunk ${objectIdHex(id)}: the bytes that came are those of ${objectIdHex(parseObjectId(actual))}`,
    );
  });
}
