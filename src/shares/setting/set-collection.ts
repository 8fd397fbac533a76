import { BLOCK_SIZE, collectionSize, HASH_SIZE, isByteCount, MAX_CHUNKS } from '../../content/geometry.ts';
import { type ChunkList, manifestBlockCount, writeManifestBlock } from '../../content/manifest.ts';
import {
  checkObjectFacts,
  compareBytes,
  OBJECT_KIND,
  objectIdHex,
  parseObjectId,
} from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { IndexRow } from '../../objects/object-store.ts';
import { stripeLayout } from '../../objects/stripe.ts';
import { chunkIds } from '../../proof/kernels.ts';
import { PROFILE_NONE, profilePasses } from '../../proof/profile.ts';
import type { ByteStage } from './byte-stage.ts';
import { BATCH_CHUNKS } from '../reading/chunk-finder.ts';
import { setOutcome } from '../held-object.ts';
import type { RunningCall } from '../running-calls.ts';
import { reserveStriped, setStriped } from './set-striped.ts';
import type { SetParts } from './share-parts.ts';
import type { CollectionDeclaration, PaidSet, SetOutcome } from '../shares.ts';
import { sourcePieces } from './source-pieces.ts';
import type { StripeBuffer } from '../memory/stripe-buffers.ts';
import type { StripeChunks } from './stripe-stage.ts';
import type { StripedSet, StripedShape } from './striped-set.ts';

/** What a set of a collection is given. */
export interface CollectionSet {
  readonly declared: CollectionDeclaration;
  readonly batches: AsyncIterable<readonly Uint8Array[]>;
  readonly call: RunningCall;
  readonly paid?: PaidSet | undefined;
}

/** Bytes that are kept of each chunk until the collection stands: id and length. */
const KEPT_PER_CHUNK = HASH_SIZE + 2;
/** Memory for the lists of all collections that are being encoded: two of the largest. */
export const CHUNK_LISTS_BYTES = 2 * MAX_CHUNKS * KEPT_PER_CHUNK;
const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);

/**
 * Sets a collection: all of its chunks or none. A held one, known by its declared id, ends here without a read of the chunks.
 * @throws ProvenderError `PROVENDER_INVALID` for a chunk above 4096 bytes, a batch above 64, another order than strictly ascending ids, or
 *   another count, sum or id than declared; `PROVENDER_UNSUPPORTED` for an unknown profile; `PROVENDER_OVER_QUOTA` before anything is read
 */
export async function setCollection(parts: SetParts, set: CollectionSet): Promise<SetOutcome> {
  const { declared, batches, call, paid } = set;
  checkDeclaration(declared);
  const { count, id, profile = parts.profiles.chunks } = declared;
  profilePasses(profile); // an unknown one is refused, whatever is held
  const held = id && (await parts.heads.find(id, OBJECT_KIND.collection));
  if (held !== undefined) return setOutcome(held, true);
  const shape = { kind: OBJECT_KIND.collection, sizeBytes: collectionSize(count), count };
  const striped = { shape, profile, ...(id && { id }) };
  const room = reserveStriped(parts, striped);
  try {
    return await withListMemory(parts, { ...striped, call }, (own) => {
      const chunks = new CollectionChunks(count);
      const fill = async (stage: ByteStage): Promise<void> => {
        await fillFrom(stage, chunks, { declared, batches: sourcePieces(batches, call.signal) });
        await stage.hashed();
        await appendManifest(stage, chunks.list);
      };
      const optional = { ...(own && { own }), ...(paid && { paid }) };
      return setStriped(parts, { ...striped, call, chunks, fill, room, ...optional });
    });
  } finally {
    room.release();
  }
}

/**
 * Takes the memory for ids and lengths. With what is staged as it is, it comes together with the first stripe buffer; with what is encoded, before
 * everything else: whoever held a segment and waited for it could wait for ever.
 */
async function withListMemory(
  parts: SetParts,
  set: StripedShape & Pick<StripedSet, 'call'>,
  run: (own?: StripeBuffer) => Promise<SetOutcome>,
): Promise<SetOutcome> {
  const { shape, call, profile } = set;
  const listBytes = shape.count * KEPT_PER_CHUNK;
  const stripeBytes = stripeLayout({ ...shape, passes: 0 }, 0).totalBytes;
  if (profile === PROFILE_NONE) {
    const own = await parts.buffers.take(stripeBytes, call.signal, listBytes);
    return await run(own).finally(() => own.release());
  }
  await parts.chunkLists.take(listBytes, call.signal);
  return await run().finally(() => parts.chunkLists.release(listBytes));
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
  stage: ByteStage,
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
async function appendManifest(stage: ByteStage, list: ChunkList): Promise<void> {
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
  found: Omit<CollectionDeclaration, 'id' | 'profile'>,
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
