import { compareBytes, type ObjectId, parseObjectId } from '../../content/object-id.ts';
import type { ProvenderError } from '../../content/provender-error.ts';
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
} from '../object-store.ts';
import type { Tag } from '../tag.ts';
import type { Catalog } from './catalog.ts';
import type { EmbeddedParts } from './embedded-parts.ts';
import { Janitor } from './janitor.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { Lifetime } from '../../content/lifetime.ts';
import { Quarantine } from './quarantine.ts';
import type { Staging } from '../staging.ts';
import { recoverStaged } from './recovery.ts';
import { Uploads } from './uploads.ts';
import { storeUsage } from './usage.ts';

/**
 * What `level` and `files` have in common: heads, index rows, tags, usage, order and life. Bulk bytes lie on the two shelves.
 * States: open -> closing -> closed.
 */
export class EmbeddedStore implements ObjectStore {
  readonly adapter: string;
  readonly #parts: EmbeddedParts;
  readonly #catalog: Catalog;
  readonly #janitor: Janitor;
  readonly #quarantine: Quarantine;
  readonly #lifetime: Lifetime;
  readonly #ids = new KeyedQueue();
  readonly #uploads: Uploads;

  private constructor(parts: EmbeddedParts) {
    this.adapter = parts.adapter;
    this.#parts = parts;
    this.#catalog = parts.catalog;
    this.#janitor = new Janitor(parts);
    this.#uploads = new Uploads(parts, this.#janitor);
    this.#quarantine = new Quarantine(parts.database);
    this.#lifetime = new Lifetime(`store ${parts.directory}`);
  }

  /** Takes the parts over and decides on what an earlier run left staged. */
  static async start(parts: EmbeddedParts): Promise<EmbeddedStore> {
    const store = new EmbeddedStore(parts);
    const kept = await recoverStaged({ ...parts, janitor: store.#janitor });
    for (const data of kept) store.#uploads.adopt(data);
    parts.database.onReopen(() => store.#afterReopen());
    return store;
  }

  setChunk(chunk: LoneChunk): Promise<SetResult> {
    return this.#ordered(chunk.id, async () => {
      const { chunks, guard } = this.#parts;
      guard.assertNotFailed();
      const standing = await chunks.head(chunk.id);
      if (standing !== undefined) return { held: true, head: standing };
      await guard.admit(chunk.block.length + chunk.head.length, () => chunks.put(chunk));
      return { held: false, head: chunk.head };
    });
  }

  getChunks(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]> {
    return this.#lifetime.run(() => this.#parts.chunks.read(ids));
  }

  removeChunk(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(id, async () => {
      const standing = await this.#parts.chunks.head(id);
      if (standing === undefined || compareBytes(standing, seen) !== 0) return false;
      await this.#parts.chunks.remove(id, standing);
      return true;
    });
  }

  replaceChunk(chunk: LoneChunk, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(chunk.id, async () => {
      const { chunks, guard } = this.#parts;
      guard.assertNotFailed();
      const standing = await chunks.head(chunk.id);
      if (standing === undefined || compareBytes(standing, seen) !== 0) return false;
      await guard.admit(chunk.block.length + chunk.head.length, () => chunks.replace(chunk, standing));
      return true;
    });
  }

  stage(options: StageOptions = {}): Promise<Tag> {
    return this.#lifetime.run(() => this.#uploads.stage(options));
  }

  writeStripe(tag: Tag, stripe: number, bytes: Uint8Array, rows: readonly IndexRow[] = []): Promise<void> {
    return this.#staged(tag, bytes.length, async (staging) => {
      staging.keepRows(stripe, rows);
      await this.#parts.data.writeStripe(tag, stripe, bytes);
      await this.#parts.step('stripe');
    });
  }

  writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    return this.#staged(tag, bytes.length, async () => {
      await this.#parts.data.writeRoots(tag, bytes);
      await this.#parts.step('roots');
    });
  }

  discard(tag: Tag): Promise<void> {
    return this.#lifetime.run(() => this.#uploads.discard(tag));
  }

  prepare(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    return this.#ordered(id, () => this.#uploads.prepare(id, head));
  }

  settle(id: ObjectId, head: Uint8Array, what: 'publish' | 'drop'): Promise<void> {
    return this.#ordered(id, () => this.#uploads.settle(id, head, what));
  }

  publish(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    return this.#ordered(id, () => this.#uploads.publish(id, head));
  }

  replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(id, () => this.#uploads.replace(id, head, seen));
  }

  getHead(id: ObjectId): Promise<Uint8Array | undefined> {
    return this.#lifetime.run(() => this.#catalog.head(id));
  }

  remove(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(id, async () => {
      const standing = await this.#catalog.head(id);
      if (standing === undefined || compareBytes(standing, seen) !== 0) return false;
      const tag = await this.#catalog.remove(id, standing);
      await this.#parts.step('remove: head');
      void this.#uploads.drop(tag);
      return true;
    });
  }

  readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined> {
    return this.#lifetime.run(() => this.#parts.data.readStripe(tag, stripe, extents, memory));
  }

  readRoots(tag: Tag): Promise<Uint8Array | undefined> {
    return this.#lifetime.run(() => this.#parts.data.readRoots(tag));
  }

  findChunk(id: ObjectId): Promise<readonly ChunkLocation[]> {
    return this.#lifetime.run(() => this.#catalog.findChunk(id));
  }

  list(
    what: 'chunks' | 'objects',
    { after, limit }: { after?: Uint8Array; limit: number },
  ): Promise<readonly CatalogEntry[]> {
    return this.#lifetime.run(async () => {
      const page = after === undefined ? { limit } : { after: parseObjectId(after), limit };
      return what === 'chunks' ? this.#parts.chunks.list(page) : this.#catalog.list(false, page);
    });
  }

  usage(): StoreUsage {
    const { undecidedBytes } = this.#uploads;
    const usage = storeUsage(this.#parts.ledger.counts);
    return undecidedBytes === 0 ? usage : { ...usage, undecidedBytes };
  }

  health(): StoreHealth {
    return this.#parts.guard.health();
  }

  quarantine(mark: QuarantineMark): Promise<void> {
    return this.#lifetime.run(() => this.#quarantine.mark(mark));
  }

  quarantined(): Promise<readonly QuarantineMark[]> {
    return this.#lifetime.run(() => this.#quarantine.all());
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      await this.#janitor.settle();
      await this.#parts.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ordered<T>(id: ObjectId, task: () => Promise<T>): Promise<T> {
    return this.#lifetime.run(() => this.#ids.run(Buffer.from(id).toString('latin1'), task));
  }

  #staged(tag: Tag, bytes: number, write: (staging: Staging) => Promise<void>): Promise<void> {
    return this.#lifetime.run(() => this.#uploads.write(tag, bytes, write));
  }

  async #afterReopen(): Promise<void> {
    await this.#parts.ledger.reload();
    this.#uploads.dropGivenUp();
  }
}
