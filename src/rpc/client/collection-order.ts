import { HASH_SIZE, MAX_CHUNKS } from '../../content/geometry.ts';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { MAX_BATCH } from '../methods.ts';
import { idsOfChunks } from './chunk-identity.ts';

interface IdentifiedChunk {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Takes chunks as they come and names them, a batch at a time. */
async function identified(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<IdentifiedChunk[]> {
  const found: IdentifiedChunk[] = [];
  let batch: Uint8Array[] = [];
  const nameBatch = (): void => {
    const ids = idsOfChunks(batch);
    batch.forEach((bytes, i) => found.push({ id: ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE), bytes }));
    batch = [];
  };
  for await (const chunk of chunks) {
    batch.push(chunk);
    if (batch.length === MAX_BATCH) nameBatch();
    if (found.length > MAX_CHUNKS) throw tooMany();
  }
  nameBatch();
  return found;
}

function tooMany(): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `collection of more than ${MAX_CHUNKS} chunks: set several`);
}

/**
 * Brings chunks into the order that a collection has, each once. All of them are in memory meanwhile; their bytes are not copied.
 * @throws ProvenderError `PROVENDER_INVALID` for no chunk, too many, or one that is too long
 */
export async function inCollectionOrder(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array[]> {
  const sorted = (await identified(chunks)).sort((a, b) => compareBytes(a.id, b.id));
  const once = sorted.filter(({ id }, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareBytes(before.id, id) !== 0;
  });
  if (once.length === 0)
    throw new ProvenderError('PROVENDER_INVALID', 'collection of no chunks: give at least 1');
  if (once.length > MAX_CHUNKS) throw tooMany();
  return once.map(({ bytes }) => bytes);
}
