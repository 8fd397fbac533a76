import { BLOCK_SIZE, collectionSize, HASH_SIZE, MAX_CHUNKS } from '../../content/geometry.ts';
import { manifestBlockCount, writeManifestBlock } from '../../content/manifest.ts';
import { compareBytes, OBJECT_KIND, type ObjectId, objectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { blockRoots, foldRoots } from '../../proof/kernels.ts';
import { MAX_BATCH } from '../methods.ts';
import { identitiesOf } from './chunk-identity.ts';

/** A collection as it is sent. */
export interface OrderedCollection {
  readonly id: ObjectId;
  /** In ascending order of their ids, each once. */
  readonly chunks: readonly Uint8Array[];
}

interface IdentifiedChunk {
  readonly id: Uint8Array;
  readonly root: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Takes chunks as they come and names them, a batch at a time. */
async function identified(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<IdentifiedChunk[]> {
  const found: IdentifiedChunk[] = [];
  let batch: Uint8Array[] = [];
  const nameBatch = (): void => {
    const { ids, roots } = identitiesOf(batch);
    batch.forEach((bytes, i) => {
      const [start, end] = [i * HASH_SIZE, (i + 1) * HASH_SIZE];
      found.push({ id: ids.subarray(start, end), root: roots.subarray(start, end), bytes });
    });
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
 * Brings chunks into the order that a collection has, each once, and names the collection. All of them are in memory meanwhile; their bytes are not copied.
 * @throws ProvenderError `PROVENDER_INVALID` for no chunk, too many, or one that is too long
 */
export async function inCollectionOrder(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<OrderedCollection> {
  const sorted = (await identified(chunks)).sort((a, b) => compareBytes(a.id, b.id));
  const once = sorted.filter(({ id }, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareBytes(before.id, id) !== 0;
  });
  if (once.length === 0)
    throw new ProvenderError('PROVENDER_INVALID', 'collection of no chunks: give at least 1');
  if (once.length > MAX_CHUNKS) throw tooMany();
  return { id: collectionId(once), chunks: once.map(({ bytes }) => bytes) };
}

/** Id of a collection: the tree over the chunks, whose roots are known, and their manifest. @see proof-of-replication.md, section 3 */
function collectionId(chunks: readonly IdentifiedChunk[]): ObjectId {
  const count = chunks.length;
  const list = { ids: new Uint8Array(count * HASH_SIZE), lengths: new Uint16Array(count) };
  const roots = new Uint8Array((count + manifestBlockCount(count)) * HASH_SIZE);
  for (const [i, { id, root, bytes }] of chunks.entries()) {
    list.ids.set(id, i * HASH_SIZE);
    list.lengths[i] = bytes.length;
    roots.set(root, i * HASH_SIZE);
  }
  const block = new Uint8Array(BLOCK_SIZE);
  for (let i = 0; i < manifestBlockCount(count); i++) {
    writeManifestBlock(list, i, block);
    blockRoots(block, roots.subarray((count + i) * HASH_SIZE, (count + i + 1) * HASH_SIZE));
  }
  const dataRoot = foldRoots(roots);
  return objectId({ kind: OBJECT_KIND.collection, sizeBytes: collectionSize(count), count, dataRoot });
}
