import type { ObjectId } from '../../content/object-id.ts';
import type { ProvenderError } from '../../content/provender-error.ts';
import type { CatalogEntry, Extent, LoneChunk } from '../object-store.ts';
import type { Tag } from '../tag.ts';

/** Where an embedded adapter keeps lone chunks. Calls for one id come one after the other; what is missing or held is decided above. */
export interface ChunkShelf {
  head(id: ObjectId): Promise<Uint8Array | undefined>;
  put(chunk: LoneChunk): Promise<void>;
  /** Puts another record in the place of the one with head `standing`, in one step. */
  replace(chunk: LoneChunk, standing: Uint8Array): Promise<void>;
  remove(id: ObjectId, head: Uint8Array): Promise<void>;
  read(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]>;
  list(page: { after?: ObjectId; limit: number }): Promise<readonly CatalogEntry[]>;
}

/** Where an embedded adapter keeps stripes and stripe roots. */
export interface DataShelf {
  writeStripe(tag: Tag, stripe: number, bytes: Uint8Array): Promise<void>;
  writeRoots(tag: Tag, bytes: Uint8Array): Promise<void>;
  /** Makes durable what the writes under `tag` did not yet; called once, before the publishing batch. */
  settle(tag: Tag): Promise<void>;
  readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined>;
  readRoots(tag: Tag): Promise<Uint8Array | undefined>;
  /** Deletes all data under `tag`, durable when it resolves; harmless when there is none. */
  drop(tag: Tag): Promise<void>;
}
