import type { ObjectId } from '../content/object-id.ts';
import type { ProvenderError } from '../content/provender-error.ts';
import type { Tag } from './tag.ts';

/** A lone chunk as it is stored: head (tag 0) and 4096 replica bytes, written and read as one. */
export interface LoneChunk {
  readonly id: ObjectId;
  readonly head: Uint8Array;
  readonly block: Uint8Array;
}

/** An index row to write: chunk `id` is block `position` of the collection that is being staged. */
export interface IndexRow {
  readonly id: ObjectId;
  readonly position: number;
  readonly length: number;
}

/** Where a chunk may lie; believed only when the head of `collection` carries `tag`. */
export interface ChunkLocation {
  readonly collection: ObjectId;
  readonly tag: Tag;
  readonly position: number;
  readonly length: number;
}

/** What became of a set. `head` is the one that stands now: ours, or the one that was there. */
export interface SetResult {
  readonly held: boolean;
  readonly head: Uint8Array;
}

/** A run of bytes of one stripe. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * What the adapter holds. On the embedded adapters exact, counted in the same batches that change it, bytes as `storedSize` defines them. On
 * RADOS the bytes are the pool's own statistics, refreshed every 2 s, and what this pod wrote since; the counts are those of a recount after
 * the open, kept current by what this pod does.
 */
export interface StoreUsage {
  readonly storedBytes: number;
  readonly chunks: number;
  readonly files: number;
  readonly collections: number;
  /**
   * Bytes of prepared data that an earlier opening left and that nobody has decided about; absent when there is none. No other field counts them,
   * but on RADOS, where the pool's statistics do. What the present opening prepared its caller has reserved.
   */
  readonly undecidedBytes?: number;
}

/** What is known of data before it is staged. */
export interface StageOptions {
  /** What the staged data will be published as, where that is known already; saves RADOS one operation. */
  readonly id?: ObjectId;
  /**
   * Payment that the data hangs on, 16 bytes. Whoever finds the data after a crash asks `PaymentMarks` about it: only "drop" lets it go. Such data is
   * prepared before its payment is committed.
   */
  readonly operation?: Uint8Array;
}

/** Whether writes are taken. `reason` says why not and what to do. */
export interface StoreHealth {
  readonly writable: boolean;
  readonly reason?: string;
}

/** A mark on something damaged; the bytes stay. */
export interface QuarantineMark {
  /** Key of what is damaged, for people: `c/<id>`, `<tag>/<i>`, `<tag>/r`, `h/<id>`. */
  readonly key: string;
  readonly reason: string;
  /** Block of the object that is damaged, where one is known. */
  readonly block?: number;
  readonly unixMs: number;
}

/** An entry of a listing. */
export interface CatalogEntry {
  readonly id: ObjectId;
  readonly head: Uint8Array;
  /** Where a listing goes on behind this entry: opaque, at most 64 bytes; of use to the adapter that gave it. */
  readonly token: Uint8Array;
}

/**
 * The port for bulk bytes: the operations of object-layout.md, section 5 and 7, and no others. The layer above makes and checks
 * every byte; an adapter keeps them, in order and durably.
 *
 * - A promise of a write resolves when the bytes are durable; what was passed in is free again then.
 * - Calls for one id queue up. After `close` every call fails with `PROVENDER_CLOSED`.
 * - Errors: `PROVENDER_OVER_QUOTA` when there is no room, `PROVENDER_UNAVAILABLE` when the adapter is read-only, the disk fails or the
 *   cluster does not answer, `PROVENDER_BUSY` when more is asked at once than it queues, `PROVENDER_CORRUPT` for records that cannot be read,
 *   `PROVENDER_CONFLICT` for work on a tag that is not being staged, `PROVENDER_AMBIGUOUS` when a set, publish, replace or remove was not
 *   answered in time and may still land (its data is kept, and the adapter goes on finding out), `PROVENDER_INVALID` for a listing's token
 *   that is none of its own. No other errors leave an adapter.
 */
export interface ObjectStore extends AsyncDisposable {
  /** `level`, `files`, `rados`: the name that the configuration uses. */
  readonly adapter: string;

  /** Sets a lone chunk; one that is held stays as it is. */
  setChunk(chunk: LoneChunk): Promise<SetResult>;
  /**
   * Reads lone chunks in the order of `ids`: `undefined` for one that is not there, `PROVENDER_CORRUPT` in the place of one whose record
   * cannot be read, so that it does not hide the others.
   */
  getChunks(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]>;
  /** Removes a lone chunk if its head still is `seen`; tells whether it did. */
  removeChunk(id: ObjectId, seen: Uint8Array): Promise<boolean>;
  /** Puts another replica of a lone chunk in the place of the one whose head still is `seen`, in one step; tells whether it did. */
  replaceChunk(chunk: LoneChunk, seen: Uint8Array): Promise<boolean>;

  /** Starts staging under a new tag: a crash from here on leaves garbage that is found and removed, or decided about when a payment hangs on it. */
  stage(options?: StageOptions): Promise<Tag>;
  /** Writes stripe `stripe` and takes the index rows of its chunks, which become readable with `publish`: only then is the collection's id known. */
  writeStripe(tag: Tag, stripe: number, bytes: Uint8Array, rows?: readonly IndexRow[]): Promise<void>;
  /** Writes the stripe roots `r`. */
  writeRoots(tag: Tag, bytes: Uint8Array): Promise<void>;
  /** Drops what is staged under `tag`; dropping it again is harmless, and so is a tag that was published. What a failing disk keeps is dropped by the next open. */
  discard(tag: Tag): Promise<void>;
  /**
   * Makes staged data ready to be paid for: from here on whoever finds its payment's mark can publish it, and nothing but a decision takes it away. No
   * writes to the tag follow. `held` when the object is here already: then the caller discards its tag and nothing is to be paid.
   */
  prepare(id: ObjectId, head: Uint8Array): Promise<SetResult>;
  /**
   * Does what was decided about data that was prepared, by this opening of the store or an earlier one; doing it again is harmless. Publishing what is
   * held under another head drops it.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` besides, while a publish of it is unanswered, or a session of RADOS that ended is not swept: repeat until it is known
   */
  settle(id: ObjectId, head: Uint8Array, what: 'publish' | 'drop'): Promise<void>;
  /** Makes the staged file or collection exist: one durable step. When `id` is held already nothing is published and the caller discards its tag. */
  publish(id: ObjectId, head: Uint8Array): Promise<SetResult>;
  /**
   * Makes what is staged under the tag of `head` take the place of the object, if its head still is `seen`: one durable step; tells whether it
   * did. The data of the old one goes. When it did not, the caller discards its tag.
   */
  replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<boolean>;

  /** Head of a file or collection. */
  getHead(id: ObjectId): Promise<Uint8Array | undefined>;
  /** Removes a file or collection if its head still is `seen`, then its data; tells whether it did. */
  remove(id: ObjectId, seen: Uint8Array): Promise<boolean>;
  /**
   * Reads runs of one stripe; `undefined` when the stripe is missing, fewer bytes where it is short.
   * @param memory - shared memory as long as all runs together, which the adapter may read into. It is the adapter's until the call is settled, and
   *   for good when it failed: what was given up may still land there.
   */
  readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined>;
  /** Reads the stripe roots. */
  readRoots(tag: Tag): Promise<Uint8Array | undefined>;
  /** Looks a chunk up in the index; rows of staged or removed collections may be among them. */
  findChunk(id: ObjectId): Promise<readonly ChunkLocation[]>;

  /**
   * Lists lone chunks, or files and collections, behind the entry with token `after`, at most `limit` (1 to 1000), fewer at the end only.
   * What is there all the time is listed once, whatever comes and goes. Objects are in ascending order of ids; chunks too on the embedded
   * adapters, on RADOS in an order that is the same each time.
   */
  list(
    what: 'chunks' | 'objects',
    page: { after?: Uint8Array; limit: number },
  ): Promise<readonly CatalogEntry[]>;
  usage(): StoreUsage;
  health(): StoreHealth;
  /** Marks something as damaged; marking it again replaces the mark. */
  quarantine(mark: QuarantineMark): Promise<void>;
  quarantined(): Promise<readonly QuarantineMark[]>;
  /**
   * Refuses new calls, waits for running ones, closes. Idempotent.
   * @param options.graceMs - after this time an adapter whose calls wait for others gives them up with `PROVENDER_CLOSED`; a later call may shorten it.
   *   The embedded ones wait for the disk and take no notice.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
