import { ascending } from '../../content/ascending.ts';
import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { compareBytes, OBJECT_KIND, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, type ProvenderError } from '../../content/provender-error.ts';
import { isZero } from '../../content/zero-bytes.ts';
import type { ChunkLocation, Extent, LoneChunk, ObjectStore } from '../../objects/object-store.ts';
import { chunkLengthInHead } from '../../objects/head.ts';
import { blockRoots, chunkIds } from '../../proof/kernels.ts';
import { blockExtents } from './block-numbers.ts';
import type { DamageReports } from '../damage-reports.ts';
import { type Heads, notFound } from '../heads.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { idKey } from '../id-key.ts';
import { decodedChunks, loneReplica, type LoneReplica } from './lone-replicas.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Blocks, ReplicaBlocks } from './replica-blocks.ts';
import type { ShareItem } from '../shares.ts';

/** The most chunks of one question. */
export const BATCH_CHUNKS = 64;

/** What a chunk finder works with. */
export interface ChunkFinderParts {
  readonly store: ObjectStore;
  readonly heads: Heads;
  readonly damage: DamageReports;
  readonly reader: ObjectReader;
  readonly blocks: ReplicaBlocks;
}

/** A chunk in a collection whose head stands and carries the tag of the index row. */
export interface PlacedChunk {
  readonly id: ObjectId;
  readonly object: HeldObject;
  readonly row: ChunkLocation;
}

/** A chunk of the question whose content was read but not yet checked. */
interface Candidate {
  readonly at: number;
  readonly id: ObjectId;
  readonly block: Uint8Array;
  readonly length: number;
}

/** A lone chunk as it is stored. */
interface LoneCandidate extends Candidate, LoneReplica {}

/** Where a chunk lies in collections, and what stood in the way of looking further. */
export interface Places {
  readonly places: readonly PlacedChunk[];
  readonly error: ProvenderError | undefined;
}

/** A placed chunk and its place in the question. */
interface Wanted extends PlacedChunk {
  readonly at: number;
}

/**
 * Finds chunks by id, alone or inside collections, many at once: one crossing for the lone ones, one read for each stripe, one hash batch.
 * A chunk that is damaged in one place is looked for in the others before its error is given.
 */
export class ChunkFinder {
  readonly #parts: ChunkFinderParts;

  constructor(parts: ChunkFinderParts) {
    this.#parts = parts;
  }

  /**
   * Reads at most 64 chunks; the answer keeps the order, a failed one its place.
   * @returns bytes that are never written again
   */
  async get(ids: readonly ObjectId[]): Promise<readonly ShareItem[]> {
    const items = new Array<ShareItem | undefined>(ids.length);
    await this.#fromLone(ids, items);
    if (ids.some((_, at) => isMissing(items[at]))) await this.#fromCollections(ids, items);
    return ids.map((id, at) => items[at] ?? { id, error: notFound('chunk', id) });
  }

  /**
   * Finds the places of chunks in collections that stand, for each id those of its own.
   * A collection whose head is damaged counts as no place; its error is the answer for a chunk that has no other.
   */
  async places(ids: readonly ObjectId[]): Promise<readonly Places[]> {
    const found = await Promise.all(ids.map((id) => this.#rows(id)));
    const collections = await this.#collections(found.flatMap(({ rows }) => rows));
    return ids.map((id, i) => {
      const places: PlacedChunk[] = [];
      let error = found[i]?.error;
      for (const row of found[i]?.rows ?? []) {
        const object = collections.get(idKey(row.collection));
        if (isProvenderError(object)) error = object;
        else if (object !== undefined && compareBytes(object.head.tag, row.tag) === 0)
          places.push({ id, object, row });
      }
      return { places, error };
    });
  }

  /** Index rows of a chunk; a row that cannot be read is reported, and does not hide the other chunks of the question. */
  async #rows(id: ObjectId): Promise<{ rows: readonly ChunkLocation[]; error?: ProvenderError }> {
    try {
      return { rows: await this.#parts.store.findChunk(id) };
    } catch (cause) {
      if (!isProvenderError(cause, 'PROVENDER_CORRUPT')) throw cause;
      const key = `x/${objectIdHex(id)}`;
      return { rows: [], error: await this.#parts.damage.report({ key, reason: cause.message, cause }) };
    }
  }

  /** Reads the head of each collection that the rows name, once. */
  async #collections(
    rows: readonly ChunkLocation[],
  ): Promise<ReadonlyMap<string, HeldObject | ProvenderError | undefined>> {
    const ids = new Map(rows.map(({ collection }) => [idKey(collection), collection]));
    const found = await Promise.all(
      [...ids].map(async ([key, id]): Promise<[string, HeldObject | ProvenderError | undefined]> => {
        const object = this.#parts.heads.find(id, OBJECT_KIND.collection);
        return [key, await object.catch(asProvenderError)];
      }),
    );
    return new Map(found);
  }

  /** The error for a chunk whose index row does not fit the collection, which itself is sound. */
  rowDamaged(placed: PlacedChunk): Promise<ProvenderError> {
    const { position, length, collection } = placed.row;
    return this.#parts.reader.failure(placed.object, {
      key: `x/${objectIdHex(placed.id)}`,
      block: position,
      reason: `the index row names position ${position} with ${length} bytes of collection ${objectIdHex(collection)}, where this chunk is not`,
    });
  }

  async #fromLone(ids: readonly ObjectId[], items: (ShareItem | undefined)[]): Promise<void> {
    const chunks = await this.#parts.store.getChunks(ids);
    const found: LoneCandidate[] = [];
    for (const [at, id] of ids.entries()) {
      const chunk = chunks[at];
      if (chunk === undefined) continue;
      const candidate = this.#candidate(at, id, chunk);
      if ('failed' in candidate) items[at] = { id, error: await candidate.failed };
      else found.push(candidate);
    }
    for (const { at, id } of fitting(await decodedChunks(found), items)) {
      const key = `c/${objectIdHex(id)}`;
      items[at] = {
        id,
        error: await this.#parts.damage.report({ key, block: 0, reason: 'the chunk does not fit its id' }),
      };
    }
  }

  #candidate(
    at: number,
    id: ObjectId,
    chunk: LoneChunk | ProvenderError,
  ): LoneCandidate | { failed: Promise<ProvenderError> } {
    if (isProvenderError(chunk)) return { failed: this.#parts.heads.unreadable(id, chunk) };
    try {
      const length = chunkLengthInHead(chunk.head, id);
      return { at, id, length, ...loneReplica(chunk) };
    } catch (error) {
      return { failed: this.#parts.heads.damaged(id, error) };
    }
  }

  /** Looks what is missing up in the index, place by place until one is sound. */
  async #fromCollections(ids: readonly ObjectId[], items: (ShareItem | undefined)[]): Promise<void> {
    const missing = [...ids.keys()].filter((at) => isMissing(items[at]));
    const all = await this.places(missing.flatMap((at) => ids[at] ?? []));
    for (const [i, at] of missing.entries()) {
      const id = ids[at];
      const error = all[i]?.error;
      if (id !== undefined && error !== undefined) items[at] ??= { id, error };
    }
    for (let round = 0; ; round++) {
      const wanted: Wanted[] = [];
      for (const [i, at] of missing.entries()) {
        const place = all[i]?.places[round];
        if (place !== undefined && isMissing(items[at])) wanted.push({ at, ...place });
      }
      if (wanted.length === 0) return;
      await Promise.all(readTogether(wanted).map((group) => this.#fromCollection(group, items)));
    }
  }

  /** Reads the wanted blocks of a group in one go and checks each against its id. */
  async #fromCollection(group: readonly Wanted[], items: (ShareItem | undefined)[]): Promise<void> {
    const [head] = group;
    if (head === undefined) return;
    const { count } = head.object.head.statement;
    const sound = group.filter(({ row }) => row.position < count && row.length <= BLOCK_SIZE);
    const blocks = await this.#blocks(head.object, ascending(sound.map(({ row }) => row.position)));
    const found: Candidate[] = [];
    for (const { at, id, row } of sound) {
      const block = blocks.get(row.position);
      if (block !== undefined) found.push({ at, id, block, length: row.length });
    }
    fitting(found, items);
    for (const wanted of group) {
      if (!isMissing(items[wanted.at])) continue;
      const error = await this.#diagnose(wanted, items);
      if (error !== undefined && !isProvenderError(error, 'PROVENDER_NOT_FOUND'))
        items[wanted.at] = { id: wanted.id, error };
    }
  }

  /** Content blocks of a collection that nobody has checked; none where anything is missing, which is found out block by block. */
  async #blocks(object: HeldObject, positions: readonly number[]): Promise<Blocks> {
    const [first] = positions;
    if (first === undefined) return new Map();
    if (stripedObject(object).passes > 0)
      return this.#parts.blocks.decoded(object, 0, positions).catch(noneIfUnreadable);
    const extents = blockExtents(positions);
    const read = this.#parts.store.readStripe(object.head.tag, Math.floor(first / STRIPE_BLOCKS), extents);
    return blocksIn(positions, extents, (await read.catch(missingIfCorrupt)) ?? []);
  }

  /**
   * Finds out why a chunk was not where the index says: a damaged block, the row, or a removal meanwhile (`PROVENDER_NOT_FOUND`). One that was only
   * read together with something damaged is found, and there is no error.
   */
  async #diagnose(wanted: Wanted, items: (ShareItem | undefined)[]): Promise<ProvenderError | undefined> {
    const { at, id, object, row } = wanted;
    const { position, length } = row;
    if (position >= object.head.statement.count) return this.rowDamaged(wanted);
    const run = { stripe: Math.floor(position / STRIPE_BLOCKS), first: position, end: position + 1 };
    const found = await this.#parts.reader.read(object, run).catch(asProvenderError);
    if (isProvenderError(found)) return found;
    const isThere =
      length <= BLOCK_SIZE && fitting([{ at, id, block: found.data, length }], items).length === 0;
    return isThere ? undefined : this.rowDamaged(wanted);
  }
}

/** Blocks are hashed where they lie next to each other; a batch has 64 at most, and nothing else runs while it is in use. */
const batch = new Uint8Array(BATCH_CHUNKS * BLOCK_SIZE);
const batchRoots = new Uint8Array(BATCH_CHUNKS * HASH_SIZE);
const batchLengths = new Uint16Array(BATCH_CHUNKS);
const batchIds = Buffer.alloc(BATCH_CHUNKS * HASH_SIZE);

/** Puts the chunks that fit their ids into `items`; gives those that do not. */
function fitting(candidates: readonly Candidate[], items: (ShareItem | undefined)[]): readonly Candidate[] {
  const unfit: Candidate[] = [];
  const whole = candidates.filter(
    (candidate) => candidate.block.length === BLOCK_SIZE || !unfit.push(candidate),
  );
  computeIds(whole);
  for (const [i, candidate] of whole.entries()) {
    const { at, id, block, length } = candidate;
    const fits = batchIds.compare(id, 0, HASH_SIZE, i * HASH_SIZE, (i + 1) * HASH_SIZE) === 0;
    if (fits && isZero(block.subarray(length))) items[at] = { id, bytes: block.subarray(0, length) };
    else unfit.push(candidate);
  }
  return unfit;
}

/** Computes the ids of at most 64 whole blocks into `batchIds`. */
function computeIds(candidates: readonly Candidate[]): void {
  const count = candidates.length;
  const [only] = candidates;
  if (only === undefined) return;
  for (const [i, { block, length }] of candidates.entries()) {
    if (count > 1) batch.set(block, i * BLOCK_SIZE);
    batchLengths[i] = length;
  }
  const data = count > 1 ? batch.subarray(0, count * BLOCK_SIZE) : only.block;
  const roots = batchRoots.subarray(0, count * HASH_SIZE);
  blockRoots(data, roots);
  chunkIds(roots, batchLengths.subarray(0, count), batchIds.subarray(0, count * HASH_SIZE));
}

function isMissing(item: ShareItem | undefined): boolean {
  return item === undefined || 'error' in item;
}

/** A stripe that the store itself finds damaged has no bytes for us. */
function missingIfCorrupt(error: unknown): undefined {
  if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
}

/** A replica of which something is missing, or that was removed, gives no blocks. */
function noneIfUnreadable(error: unknown): Blocks {
  if (isProvenderError(error, 'PROVENDER_CORRUPT') || isProvenderError(error, 'PROVENDER_NOT_FOUND'))
    return new Map();
  throw error;
}

/** Lets our own errors be answers; others go on. */
function asProvenderError(error: unknown): ProvenderError {
  if (isProvenderError(error)) return error;
  throw error;
}

/** Groups of what is read in one go: of plain collections the blocks of a stripe, of replicas all, whose read sets lie anywhere. */
function readTogether(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const isPlain = stripedObject(one.object).passes === 0;
    const key = `${idKey(one.object.id)}${isPlain ? Math.floor(one.row.position / STRIPE_BLOCKS) : ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** The whole blocks in what was read of a stripe. @param positions - ascending, as `extents` was made of them */
function blocksIn(
  positions: readonly number[],
  extents: readonly Extent[],
  parts: readonly Uint8Array[],
): Blocks {
  const blocks = new Map<number, Uint8Array>();
  let next = 0;
  for (const [i, { length }] of extents.entries())
    for (let at = 0; at < length; at += BLOCK_SIZE) {
      const position = positions[next++];
      const block = parts[i]?.subarray(at, at + BLOCK_SIZE);
      if (position !== undefined && block?.length === BLOCK_SIZE) blocks.set(position, block);
    }
  return blocks;
}
