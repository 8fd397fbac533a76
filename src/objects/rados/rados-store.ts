import type { ObjectId } from '../../content/object-id.ts';
import { OBJECT_KIND } from '../../content/object-id.ts';
import { isProvenderError, type ProvenderError } from '../../content/provender-error.ts';
import { checkedHead, type Head, kindInHead } from '../head.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { Lifetime } from '../../content/lifetime.ts';
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
import { noSteps } from '../step-hook.ts';
import type { Tag } from '../tag.ts';
import { listChunks } from './chunk-listing.ts';
import type { RadosLoad } from './client/rados-cluster-types.ts';
import { listObjects } from './object-listing.ts';
import { RadosCatalog } from './rados-catalog.ts';
import { RadosChunks } from './rados-chunks.ts';
import { RadosData } from './rados-data.ts';
import { RadosIndex } from './rados-index.ts';
import { RadosQuarantine } from './rados-quarantine.ts';
import type { RadosSession } from './rados-session.ts';
import { RadosUsage } from './rados-usage.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';
import { Settler } from './settle.ts';
import { Uploads } from './uploads.ts';

/** How the store is opened. */
export interface RadosStoreOptions extends SessionsOptions {
  /** How long a call waits for the answer to an operation that timed out before it fails with `PROVENDER_AMBIGUOUS`; 45 s by default. */
  readonly settleMs?: number;
}

const DEFAULT_SETTLE_MS = 45_000;
/** A cluster that answers lets a store close in less than a second. */
const DEFAULT_CLOSE_GRACE_MS = 10_000;

/**
 * A Ceph pool and namespace as the object store of any number of pods. Every call works in the session that is open when it begins and fails with
 * `PROVENDER_UNAVAILABLE` when that ends.
 * States: open -> closing -> closed.
 *
 * @see object-layout.md
 */
export class RadosStore implements ObjectStore {
  readonly adapter = 'rados';
  readonly #sessions: Sessions;
  readonly #settler: Settler;
  readonly #usage: RadosUsage;
  readonly #chunks: RadosChunks;
  readonly #catalog: RadosCatalog;
  readonly #data: RadosData;
  readonly #index: RadosIndex;
  readonly #quarantine: RadosQuarantine;
  readonly #uploads: Uploads;
  readonly #lifetime: Lifetime;
  readonly #ids = new KeyedQueue();

  private constructor(sessions: Sessions, { pool, namespace, events, onStep, settleMs }: RadosStoreOptions) {
    const step = onStep ?? noSteps;
    const { janitor } = sessions;
    this.#sessions = sessions;
    this.#settler = new Settler({ settleMs: settleMs ?? DEFAULT_SETTLE_MS, events });
    const parts = { settler: this.#settler, step };
    this.#usage = new RadosUsage({ session: () => sessions.current(), janitor, events });
    this.#chunks = new RadosChunks(parts);
    this.#catalog = new RadosCatalog(parts);
    this.#data = new RadosData(parts);
    this.#index = new RadosIndex(parts);
    this.#quarantine = new RadosQuarantine(this.#settler);
    const [data, index, catalog, usage] = [this.#data, this.#index, this.#catalog, this.#usage];
    this.#uploads = new Uploads({ data, index, catalog, usage, janitor, step });
    this.#lifetime = new Lifetime(`store in pool ${pool}, namespace ${namespace}`);
  }

  /**
   * Opens a session with a store, which is made when there is none. A failed open leaves nothing open.
   * @throws ProvenderError `PROVENDER_CONFIG`, `PROVENDER_CORRUPT`, `PROVENDER_UNAVAILABLE`, and what `connect` throws
   */
  static async open(options: RadosStoreOptions): Promise<RadosStore> {
    const sessions = await Sessions.open(options);
    const store = new RadosStore(sessions, options);
    try {
      await store.#usage.start();
      return store;
    } catch (error) {
      await sessions.close();
      throw error;
    }
  }

  setChunk(chunk: LoneChunk): Promise<SetResult> {
    const { bytes, counts, room } = this.#usage;
    return this.#ordered(chunk.id, async (session) => {
      const made = counts.making(chunk.id, OBJECT_KIND.chunk, session.number);
      try {
        const result = await room.write(() => this.#chunks.set(session, chunk, made));
        if (!result.held) bytes.wrote(chunk.block.length + chunk.head.length);
        return result;
      } catch (error) {
        if (!isProvenderError(error, 'PROVENDER_AMBIGUOUS')) made(false); // else `made` is told later
        throw error;
      }
    });
  }

  getChunks(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]> {
    return this.#run((session) => Promise.all(ids.map((id) => this.#chunks.read(session, id))));
  }

  removeChunk(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(id, (session) =>
      this.#chunks.remove(session, id, {
        seen,
        answered: (done) => {
          if (done) this.#usage.counts.removed(OBJECT_KIND.chunk);
        },
      }),
    );
  }

  replaceChunk(chunk: LoneChunk, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(chunk.id, (session) =>
      this.#usage.room.write(() => this.#chunks.replace(session, chunk, seen)),
    );
  }

  stage(options: StageOptions = {}): Promise<Tag> {
    return this.#run((session) => this.#uploads.stage(session, options));
  }

  writeStripe(tag: Tag, stripe: number, bytes: Uint8Array, rows: readonly IndexRow[] = []): Promise<void> {
    return this.#lifetime.run(() => this.#uploads.writeStripe(tag, { stripe, bytes, rows }));
  }

  writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    return this.#lifetime.run(() => this.#uploads.writeRoots(tag, bytes));
  }

  discard(tag: Tag): Promise<void> {
    return this.#lifetime.run(() => this.#uploads.discard(tag));
  }

  prepare(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    return this.#ordered(id, () => this.#uploads.prepare(id, head));
  }

  settle(id: ObjectId, head: Uint8Array, what: 'publish' | 'drop'): Promise<void> {
    return this.#ordered(id, (session) => this.#uploads.settle(session, { id, bytes: head, what }));
  }

  publish(id: ObjectId, head: Uint8Array): Promise<SetResult> {
    return this.#ordered(id, (session) => this.#uploads.publish(session, id, head));
  }

  replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<boolean> {
    return this.#ordered(id, () =>
      this.#uploads.replace({ id, bytes: head, seen, old: headIfReadable(id, seen) }),
    );
  }

  getHead(id: ObjectId): Promise<Uint8Array | undefined> {
    return this.#run((session) => this.#catalog.head(session, id));
  }

  remove(id: ObjectId, seen: Uint8Array): Promise<boolean> {
    const old = headIfReadable(id, seen);
    const kind = kindInHead(seen);
    const answered = (done: boolean): void => {
      if (!done) return;
      if (kind !== undefined) this.#usage.counts.removed(kind);
      if (old !== undefined) this.#sessions.janitor.removed(old.tag, old.statement);
    };
    return this.#ordered(id, (session) => this.#catalog.remove(session, { id, seen, old }, answered));
  }

  readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined> {
    return this.#run((session) => this.#data.readStripe(session, { tag, stripe, memory }, extents));
  }

  readRoots(tag: Tag): Promise<Uint8Array | undefined> {
    return this.#run((session) => this.#data.readRoots(session, tag));
  }

  findChunk(id: ObjectId): Promise<readonly ChunkLocation[]> {
    return this.#run((session) => this.#index.find(session, id));
  }

  list(
    what: 'chunks' | 'objects',
    page: { after?: Uint8Array; limit: number },
  ): Promise<readonly CatalogEntry[]> {
    return this.#run((session) =>
      what === 'chunks' ? listChunks(session, this.#chunks, page) : listObjects(session, page),
    );
  }

  usage(): StoreUsage {
    return this.#usage.usage;
  }

  health(): StoreHealth {
    return this.#usage.health;
  }

  quarantine(mark: QuarantineMark): Promise<void> {
    return this.#run((session) => this.#quarantine.mark(session, mark));
  }

  quarantined(): Promise<readonly QuarantineMark[]> {
    return this.#run((session) => this.#quarantine.all(session));
  }

  /** What the admission of the connection counts now. */
  load(): RadosLoad {
    return this.#sessions.load();
  }

  /** Milliseconds by which the oldest deletion is late; 0 when none is. */
  removalLagMs(): number {
    return this.#sessions.janitor.lagMs();
  }

  /** What is given up after the grace has the fate of what a dead pod leaves: another session, or the next one of this pod, fences and sweeps it. */
  close({ graceMs = DEFAULT_CLOSE_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    const cut = setTimeout(() => this.#sessions.cut(), graceMs);
    const closed = this.#lifetime.close(async () => {
      await this.#uploads.close();
      await this.#settler.close();
      await this.#usage.close();
      await this.#sessions.close();
    });
    return closed.finally(() => clearTimeout(cut));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<T>(task: (session: RadosSession) => Promise<T>): Promise<T> {
    return this.#lifetime.run(async () => task(this.#sessions.current()));
  }

  #ordered<T>(id: ObjectId, task: (session: RadosSession) => Promise<T>): Promise<T> {
    const key = Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
    return this.#run((session) => this.#ids.run(key, () => task(session)));
  }
}

/** A head that cannot be read can still be removed: it guards as bytes. */
function headIfReadable(id: ObjectId, bytes: Uint8Array): Head | undefined {
  try {
    return checkedHead(id, bytes);
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_CORRUPT')) return undefined;
    throw error;
  }
}
