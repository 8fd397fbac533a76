import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { compareBytes, type ObjectId, OBJECT_KIND, parseObjectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { decodeHead } from '../../src/objects/head.ts';
import { placesIn } from '../../src/objects/extent-memory.ts';
import type {
  CatalogEntry,
  ChunkLocation,
  Extent,
  IndexRow,
  LoneChunk,
  ObjectStore,
  QuarantineMark,
  SetResult,
  StageOptions,
  StoreHealth,
  StoreUsage,
} from '../../src/objects/object-store.ts';
import { checkOperation } from '../../src/objects/payment-marks.ts';
import { storedSize } from '../../src/objects/stored-size.ts';
import { makeTag, type Tag, tagName } from '../../src/objects/tag.ts';
import { profilePasses } from '../../src/proof/profile.ts';

interface Staged {
  readonly stripes: Map<number, Uint8Array>;
  readonly rows: { key: string; location: IndexRow }[];
  roots?: Uint8Array;
  collection?: ObjectId;
}

const keyOf = (id: Uint8Array): string => Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
const idOf = (key: string): ObjectId => parseObjectId(new Uint8Array(Buffer.from(key, 'latin1')));

/** Keeps a private copy: the port frees what was passed in when the promise resolves. */
function copy(
  bytes: Uint8Array,
  into: Uint8Array = new Uint8Array(Buffer.allocUnsafeSlow(bytes.length).buffer),
): Uint8Array {
  into.set(bytes);
  return into;
}

/** How a memory store is made. */
export interface MemoryObjectStoreOptions {
  /**
   * Writes stripes into the memory of removed ones: a benchmark then does not measure how the system gives out memory. Nobody may hold pieces
   * of a removed object.
   */
  readonly reuse?: boolean;
}

/**
 * The object store port in memory: for tests of the rooms above it, and for benchmarks that leave the disk out.
 * It keeps everything but durability. What it answers are views of its own bytes: readers must not change them.
 */
export class MemoryObjectStore implements ObjectStore {
  readonly adapter = 'memory';
  /** Open to tests, which damage bytes in place. Keys are ids as latin-1 text. */
  readonly chunks = new Map<string, LoneChunk>();
  readonly heads = new Map<string, Uint8Array>();
  /** By tag name: what is staged or published. */
  readonly data = new Map<string, Staged>();
  readonly index = new Map<string, { tag: Tag; row: IndexRow }[]>();
  readonly marks = new Map<string, QuarantineMark>();
  readonly #used = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };
  /** Memory of removed stripes, by length. */
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #reuse: boolean;
  #tags = 0;
  #closed = false;
  healthNow: StoreHealth = { writable: true };

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.#reuse = options.reuse ?? false;
  }

  async setChunk(chunk: LoneChunk): Promise<SetResult> {
    this.#write();
    const key = keyOf(chunk.id);
    const there = this.chunks.get(key);
    if (there !== undefined) return { held: true, head: there.head };
    const kept = { id: parseObjectId(copy(chunk.id)), head: copy(chunk.head), block: copy(chunk.block) };
    this.chunks.set(key, kept);
    this.#countChunk(kept.head, 1);
    return { held: false, head: kept.head };
  }

  async getChunks(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | undefined)[]> {
    this.#open();
    return ids.map((id) => this.chunks.get(keyOf(id)));
  }

  async removeChunk(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    this.#write();
    const there = this.chunks.get(keyOf(id));
    if (there === undefined || compareBytes(there.head, seen) !== 0) return false;
    this.chunks.delete(keyOf(id));
    this.#countChunk(there.head, -1);
    return true;
  }

  async replaceChunk(chunk: LoneChunk, seen: Uint8Array): Promise<boolean> {
    this.#write();
    if (!(await this.removeChunk(chunk.id, seen))) return false;
    await this.setChunk(chunk);
    return true;
  }

  async stage({ operation }: StageOptions = {}): Promise<Tag> {
    this.#write();
    checkOperation(operation);
    const tag = makeTag(1, ++this.#tags);
    this.data.set(tagName(tag), { stripes: new Map(), rows: [] });
    return tag;
  }

  async writeStripe(
    tag: Tag,
    stripe: number,
    bytes: Uint8Array,
    rows: readonly IndexRow[] = [],
  ): Promise<void> {
    this.#write();
    const staged = this.#staged(tag);
    staged.stripes.set(stripe, copy(bytes, this.#free.get(bytes.length)?.pop()));
    for (const row of rows) {
      const key = keyOf(row.id);
      const location = { ...row, id: parseObjectId(copy(row.id)) };
      staged.rows.push({ key, location });
      const list = this.index.get(key);
      if (list === undefined) this.index.set(key, [{ tag, row: location }]);
      else list.push({ tag, row: location });
    }
  }

  async writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    this.#write();
    this.#staged(tag).roots = copy(bytes);
  }

  async discard(tag: Tag): Promise<void> {
    this.#write();
    if (this.data.get(tagName(tag))?.collection === undefined) this.#drop(tag); // a published tag is no longer staged
  }

  async prepare(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    this.#write();
    const there = this.heads.get(keyOf(id));
    if (there !== undefined) return { held: true, head: there };
    this.#staged(decodeHead(head).tag);
    return { held: false, head };
  }

  async settle(id: ObjectId, head: Uint8Array, what: 'publish' | 'drop'): Promise<void> {
    this.#write();
    const { tag } = decodeHead(head);
    const staged = this.data.get(tagName(tag));
    if (staged === undefined || staged.collection !== undefined) return;
    if (what === 'drop' || (await this.publish(id, head)).held) await this.discard(tag);
  }

  async publish(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    this.#write();
    const key = keyOf(id);
    const there = this.heads.get(key);
    if (there !== undefined) return { held: true, head: there };
    this.#staged(decodeHead(head).tag).collection = parseObjectId(copy(id));
    this.heads.set(key, copy(head));
    this.#count(head, 1);
    return { held: false, head };
  }

  async replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<boolean> {
    this.#write();
    this.#staged(decodeHead(head).tag);
    if (!(await this.remove(id, seen))) return false;
    await this.publish(id, head);
    return true;
  }

  async getHead(id: ObjectId): Promise<Uint8Array | undefined> {
    this.#open();
    return this.heads.get(keyOf(id));
  }

  async remove(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    this.#write();
    const there = this.heads.get(keyOf(id));
    if (there === undefined || compareBytes(there, seen) !== 0) return false;
    this.heads.delete(keyOf(id));
    this.#count(there, -1);
    this.#drop(decodeHead(there).tag);
    return true;
  }

  async readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined> {
    this.#open();
    const bytes = this.data.get(tagName(tag))?.stripes.get(stripe);
    if (bytes === undefined) return undefined;
    const places = placesIn(memory, extents);
    return extents.map(({ offset, length }, i) => {
      const found = bytes.subarray(offset, offset + length);
      places[i]?.set(found); // as an adapter may: who keeps bytes beyond their time is found out
      return places[i]?.subarray(0, found.length) ?? found;
    });
  }

  async readRoots(tag: Tag): Promise<Uint8Array | undefined> {
    this.#open();
    return this.data.get(tagName(tag))?.roots;
  }

  async findChunk(id: ObjectId): Promise<readonly ChunkLocation[]> {
    this.#open();
    return (this.index.get(keyOf(id)) ?? []).flatMap(({ tag, row: { position, length } }) => {
      const collection = this.data.get(tagName(tag))?.collection;
      return collection === undefined ? [] : [{ collection, tag, position, length }];
    });
  }

  async list(
    what: 'chunks' | 'objects',
    page: { after?: Uint8Array; limit: number },
  ): Promise<readonly CatalogEntry[]> {
    this.#open();
    const after = page.after === undefined ? '' : keyOf(page.after);
    const keys = [...(what === 'chunks' ? this.chunks : this.heads).keys()]
      .filter((key) => page.after === undefined || key > after)
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, page.limit);
    return keys.map((key) => {
      const head = what === 'chunks' ? this.chunks.get(key)?.head : this.heads.get(key);
      return { id: idOf(key), head: head ?? new Uint8Array(), token: idOf(key) };
    });
  }

  usage(): StoreUsage {
    return { ...this.#used };
  }

  health(): StoreHealth {
    return this.healthNow;
  }

  async quarantine(mark: QuarantineMark): Promise<void> {
    this.#write();
    this.marks.set(mark.key, mark);
  }

  async quarantined(): Promise<readonly QuarantineMark[]> {
    this.#open();
    return [...this.marks.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #staged(tag: Tag): Staged {
    const staged = this.data.get(tagName(tag));
    if (staged === undefined || staged.collection !== undefined)
      throw new ProvenderError('PROVENDER_CONFLICT', `${tagName(tag)} is not being staged`);
    return staged;
  }

  #drop(tag: Tag): void {
    const name = tagName(tag);
    for (const { key } of this.data.get(name)?.rows ?? []) {
      const left = (this.index.get(key) ?? []).filter((entry) => tagName(entry.tag) !== name);
      if (left.length === 0) this.index.delete(key);
      else this.index.set(key, left);
    }
    if (this.#reuse) for (const stripe of this.data.get(name)?.stripes.values() ?? []) this.#keepFree(stripe);
    this.data.delete(name);
  }

  #keepFree(stripe: Uint8Array): void {
    const free = this.#free.get(stripe.length);
    if (free === undefined) this.#free.set(stripe.length, [stripe]);
    else free.push(stripe);
  }

  /** Takes no look into the head, so that a chunk with a damaged one can go. */
  #countChunk(head: Uint8Array, sign: 1 | -1): void {
    this.#used.chunks += sign;
    this.#used.storedBytes += sign * (BLOCK_SIZE + head.length);
  }

  #count(head: Uint8Array, sign: 1 | -1): void {
    const { kind, sizeBytes, profile } = decodeHead(head).statement;
    const passes = profilePasses(profile);
    this.#used.storedBytes += sign * storedSize({ kind, sizeBytes, passes }, head.length);
    this.#used[kind === OBJECT_KIND.file ? 'files' : 'collections'] += sign;
  }

  #open(): void {
    if (this.#closed) throw new ProvenderError('PROVENDER_CLOSED', 'the object store is closed');
  }

  #write(): void {
    this.#open();
    if (!this.healthNow.writable) {
      throw new ProvenderError('PROVENDER_UNAVAILABLE', this.healthNow.reason ?? 'the store takes no writes');
    }
  }
}
