import { OBJECT_KIND, type ObjectId, type ObjectKind } from '../../content/object-id.ts';
import type { StoreUsage } from '../object-store.ts';

/** Counts of lone chunks, files and collections. */
export type KindCounts = Pick<StoreUsage, 'chunks' | 'files' | 'collections'>;

/** Ids that are remembered during a recount: 16 MB. */
const MAX_TOUCHED = 2 ** 17;
const FIELD = {
  [OBJECT_KIND.chunk]: 'chunks',
  [OBJECT_KIND.file]: 'files',
  [OBJECT_KIND.collection]: 'collections',
} as const;

/**
 * Counts by kind: those of a recount, kept current by what this pod does. What it makes while the recount runs is counted once. What other pods do
 * shows at the next recount, as does the removal, during one, of something older.
 */
export class UsageCounts {
  #counts: KindCounts = { chunks: 0, files: 0, collections: 0 };
  /** Made by this pod since the recount began: the recount passes them over. */
  #touched: Set<string> | undefined;

  /** The counts now, never below 0. */
  get counts(): KindCounts {
    return this.#counts;
  }

  /** Starts from nothing. */
  beginRecount(): void {
    this.#counts = { chunks: 0, files: 0, collections: 0 };
    this.#touched = new Set();
  }

  /** Something that the recount found. */
  found(id: ObjectId, kind: ObjectKind): void {
    if (this.#touched?.has(keyOf(id)) !== true) this.#add(kind, 1);
  }

  /** The recount has seen all. */
  endRecount(): void {
    this.#touched = undefined;
  }

  /** This pod made something. */
  made(id: ObjectId, kind: ObjectKind): void {
    if (this.#touched !== undefined && this.#touched.size < MAX_TOUCHED) this.#touched.add(keyOf(id));
    this.#add(kind, 1);
  }

  /** This pod removed something. */
  removed(kind: ObjectKind): void {
    this.#add(kind, -1);
  }

  #add(kind: ObjectKind, change: number): void {
    const field = FIELD[kind];
    this.#counts = { ...this.#counts, [field]: Math.max(0, this.#counts[field] + change) };
  }
}

function keyOf(id: ObjectId): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}
