import { BLOCK_SIZE, collectionSize, HASH_SIZE, isByteCount } from '../content/geometry.ts';
import { type ChunkList, manifestBlockCount, writeManifestBlock } from '../content/manifest.ts';
import {
  checkObjectFacts,
  compareBytes,
  OBJECT_KIND,
  objectIdHex,
  parseObjectId,
} from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type { IndexRow } from '../objects/object-store.ts';
import { storedSize } from '../objects/stored-size.ts';
import { stripeLayout } from '../objects/stripe.ts';
import { chunkIds } from '../proof/kernels.ts';
import { BATCH_CHUNKS } from './chunk-finder.ts';
import type { RunningCall } from './running-calls.ts';
import { setStriped } from './set-striped.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from './shares.ts';
import { sourcePieces } from './source-pieces.ts';
import type { StripeChunks, StripeStage } from './stripe-stage.ts';

/** What a sender declares of a collection. */
export interface CollectionDeclaration {
  readonly count: number;
  /** Bytes of all chunks in sum, without filling. */
  readonly sizeBytes: number;
}

/** What a set of a collection is given. */
export interface CollectionSet {
  readonly declared: CollectionDeclaration;
  readonly batches: AsyncIterable<readonly Uint8Array[]>;
  readonly call: RunningCall;
}

/** Bytes that are kept of each chunk until the collection stands: id and length. */
const KEPT_PER_CHUNK = HASH_SIZE + 2;
const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);

/**
 * Sets a collection: all of its chunks or none. The memory for its ids is taken together with the first stripe buffer.
 * @throws ProvenderError `PROVENDER_INVALID` for a chunk above 4096 bytes, a batch above 64, another order than strictly ascending ids, or
 *   another count or sum than declared; `PROVENDER_OVER_QUOTA` before anything is read
 */
export async function setCollection(parts: SetParts, set: CollectionSet): Promise<SetOutcome> {
  const { declared, batches, call } = set;
  checkDeclaration(declared);
  const { count } = declared;
  const shape = { kind: OBJECT_KIND.collection, sizeBytes: collectionSize(count), count };
  const object = { ...shape, passes: 0 };
  const reservation = parts.quota.reserve(storedSize(object, parts.signing.headBytes));
  try {
    const stripeBytes = stripeLayout(object, 0).totalBytes;
    const own = await parts.buffers.take(stripeBytes, call.signal, count * KEPT_PER_CHUNK);
    try {
      const chunks = new CollectionChunks(count);
      const fill = async (stage: StripeStage): Promise<void> => {
        await fillFrom(stage, chunks, { declared, batches: sourcePieces(batches, call.signal) });
        await stage.hashed();
        await appendManifest(stage, chunks.list);
      };
      return await setStriped(parts, { shape, call, chunks, own, fill });
    } finally {
      own.release();
    }
  } finally {
    reservation.release();
  }
}

/** Ids and lengths of the chunks as they come, in order. */
class CollectionChunks implements StripeChunks {
  readonly list: ChunkList;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
    this.list = { ids: new Uint8Array(count * HASH_SIZE), lengths: new Uint16Array(count) };
  }

  hashed(first: number, roots: Uint8Array): void {
    const end = Math.min(this.#count, first + roots.length / HASH_SIZE);
    if (end <= first) return; // blocks of the manifest
    const { ids, lengths } = this.list;
    const own = roots.subarray(0, (end - first) * HASH_SIZE);
    chunkIds(own, lengths.subarray(first, end), ids.subarray(first * HASH_SIZE, end * HASH_SIZE));
    for (let i = Math.max(1, first); i < end; i++) this.#checkOrder(i);
  }

  lengthOf(block: number): number {
    return this.list.lengths[block] ?? 0;
  }

  rows(first: number, end: number): readonly IndexRow[] {
    const rows: IndexRow[] = [];
    for (let position = first; position < Math.min(end, this.#count); position++)
      rows.push({ id: parseObjectId(this.#id(position)), position, length: this.lengthOf(position) });
    return rows;
  }

  #id(i: number): Uint8Array {
    return this.list.ids.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
  }

  #checkOrder(i: number): void {
    const order = compareBytes(this.#id(i - 1), this.#id(i));
    if (order < 0) return;
    const what = order === 0 ? 'twice in the collection' : 'below the id of the chunk before';
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `chunk ${i}: its id ${objectIdHex(parseObjectId(this.#id(i)))} is ${what}; send chunks in strictly ascending order of their ids`,
      { details: { chunk: i } },
    );
  }
}

/** Appends the chunks of all batches, each filled to a block, and checks count and sum. */
async function fillFrom(
  stage: StripeStage,
  { list }: CollectionChunks,
  { declared, batches }: Pick<CollectionSet, 'declared' | 'batches'>,
): Promise<void> {
  let count = 0;
  let sizeBytes = 0;
  for await (const batch of batches) {
    if (batch.length > BATCH_CHUNKS)
      throw invalid(`batch of ${batch.length} chunks, limit ${BATCH_CHUNKS}`, { found: batch.length });
    for (const chunk of batch) {
      if (chunk.length > BLOCK_SIZE)
        throw invalid(`chunk ${count}: ${chunk.length} bytes, limit ${BLOCK_SIZE}`, { found: chunk.length });
      sizeBytes += chunk.length;
      if (count >= declared.count || sizeBytes > declared.sizeBytes)
        throw lyingDeclaration(declared, { count: count + 1, sizeBytes }, ' or more');
      list.lengths[count++] = chunk.length;
      // awaiting only where there is something to wait for: a turn for each chunk costs as much as its copy
      const wait = stage.append(chunk);
      if (wait !== undefined) await wait;
      if (chunk.length < BLOCK_SIZE) await stage.append(ZERO_BLOCK.subarray(chunk.length));
    }
  }
  if (count !== declared.count || sizeBytes !== declared.sizeBytes)
    throw lyingDeclaration(declared, { count, sizeBytes }, '');
}

/** Appends the manifest block by block, since a whole one may have 64 MiB. */
async function appendManifest(stage: StripeStage, list: ChunkList): Promise<void> {
  const block = new Uint8Array(BLOCK_SIZE);
  for (let i = 0; i < manifestBlockCount(list.lengths.length); i++) {
    writeManifestBlock(list, i, block);
    await stage.append(block);
  }
}

function checkDeclaration({ count, sizeBytes }: CollectionDeclaration): void {
  checkObjectFacts({ kind: OBJECT_KIND.collection, count, sizeBytes: collectionSize(count) });
  if (!isByteCount(sizeBytes) || sizeBytes > count * BLOCK_SIZE) {
    const limit = count * BLOCK_SIZE;
    throw invalid(`${count} chunks with ${sizeBytes} bytes, limit ${limit}`, { found: sizeBytes, limit });
  }
}

function lyingDeclaration(
  declared: CollectionDeclaration,
  found: CollectionDeclaration,
  more: string,
): ProvenderError {
  return invalid(
    `collection declared with ${declared.count} chunks of ${declared.sizeBytes} bytes, ${found.count} of ${found.sizeBytes} bytes${more} came; declare both exactly`,
    {
      declaredCount: declared.count,
      declaredBytes: declared.sizeBytes,
      count: found.count,
      bytes: found.sizeBytes,
    },
  );
}

function invalid(message: string, details: Readonly<Record<string, number>>): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', message, { details });
}
