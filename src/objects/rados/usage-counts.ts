import { OBJECT_KIND, type ObjectId, type ObjectKind } from '../../content/object-id.ts';
import type { StoreUsage } from '../object-store.ts';

/** Counts of lone chunks, files and collections. */
export type KindCounts = Pick<StoreUsage, 'chunks' | 'files' | 'collections'>;

/** A recount on its way. */
interface Recount {
  readonly counts: Record<keyof KindCounts, number>;
  /** Made by this pod since it began: it passes them over, for they are counted. */
  readonly touched: Set<string>;
}

/** Something that this pod is making: it may stand before the answer is here, and a recount may meet it. */
interface Making {
  readonly session: number;
  found: boolean;
}

/** Ids that are remembered during a recount: 16 MB. */
const MAX_TOUCHED = 2 ** 17;
const FIELD = {
  [OBJECT_KIND.chunk]: 'chunks',
  [OBJECT_KIND.file]: 'files',
  [OBJECT_KIND.collection]: 'collections',
} as const;

/**
 * Counts by kind: those of the last recount, kept current by what this pod does. What it makes while a recount runs is counted once. What other pods do
 * shows at the next recount, as does the removal, during one, of something older.
 */
export class UsageCounts {
  readonly #making = new Map<string, Making>();
  #counts = { chunks: 0, files: 0, collections: 0 };
  #recount: Recount | undefined;

  /** The counts now, never below 0. Before the first recount has ended: what this pod made. */
  get counts(): KindCounts {
    return { ...this.#counts };
  }

  /** Starts a recount in a session; until it ends the counts are those of before. What an earlier session was making has no answer any more. */
  beginRecount(session: number): void {
    this.#recount = { counts: { chunks: 0, files: 0, collections: 0 }, touched: new Set() };
    for (const [key, making] of this.#making) {
      if (making.session === session) making.found = false;
      else this.#making.delete(key);
    }
  }

  /** Something that the recount found. */
  found(id: ObjectId, kind: ObjectKind): void {
    const key = keyOf(id);
    if (this.#recount === undefined || this.#recount.touched.has(key)) return;
    const making = this.#making.get(key);
    if (making !== undefined) making.found = true;
    else add(this.#recount.counts, kind, 1);
  }

  /** The recount has seen all. */
  endRecount(): void {
    if (this.#recount !== undefined) this.#counts = this.#recount.counts;
    this.#recount = undefined;
  }

  /**
   * This pod begins to make something.
   * @returns to be called with the outcome as soon as that is known; only the first call counts
   */
  making(id: ObjectId, kind: ObjectKind, session: number): (made: boolean) => void {
    const key = keyOf(id);
    const making: Making = { session, found: false };
    this.#making.set(key, making);
    let isOpen = true;
    return (made) => {
      if (!isOpen) return;
      isOpen = false;
      if (this.#making.get(key) === making) this.#making.delete(key);
      if (made) add(this.#counts, kind, 1);
      if (this.#recount === undefined || (!made && !making.found)) return;
      add(this.#recount.counts, kind, 1);
      if (this.#recount.touched.size < MAX_TOUCHED) this.#recount.touched.add(key);
    };
  }

  /** This pod removed something. */
  removed(kind: ObjectKind): void {
    add(this.#counts, kind, -1);
    if (this.#recount !== undefined) add(this.#recount.counts, kind, -1);
  }
}

function add(counts: Record<keyof KindCounts, number>, kind: ObjectKind, change: number): void {
  counts[FIELD[kind]] = Math.max(0, counts[FIELD[kind]] + change);
}

function keyOf(id: ObjectId): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}
