import type { Database } from '../embedded/database.ts';
import type { Tag } from '../tag.ts';
import { pageRange } from './page.ts';

const MIB = 2 ** 20;
/** One tag with this much is compacted at once: only its own pages are rewritten, 128 MiB took 0.1 to 1.4 s. */
const LARGE_TAG_BYTES = 16 * MIB;
/** Scattered deletions are compacted when they are this many bytes, and this part of what is stored, since live values are rewritten too. */
const SCATTERED_BYTES = 64 * MIB;
const SCATTERED_PART = 1 / 4;
/** On a disk that is short of room, this much is worth it. */
const LOW_BYTES = MIB;

/** Tables whose values are large. */
type BulkTable = 'c' | 'p';

/**
 * Gives the room of deleted values back to the disk. LevelDB does it by itself only while new values are written, which a full disk does not let
 * happen. Compactions run in the background, one after the other.
 */
export class Reclaimer {
  readonly #database: Database;
  readonly #storedBytes: () => number;
  /** Deleted since the last compaction. What an earlier run left is not known, so the first look is taken on trust. */
  readonly #deleted: Record<BulkTable, number> = { c: LOW_BYTES, p: LOW_BYTES };
  #last: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(database: Database, storedBytes: () => number) {
    this.#database = database;
    this.#storedBytes = storedBytes;
  }

  /** Takes note that all pages of a tag were deleted. */
  droppedTag(tag: Tag, bytes: number): void {
    if (bytes >= LARGE_TAG_BYTES) {
      const { first, last } = pageRange(tag);
      this.#compact('p', first, last);
    } else {
      this.#deletedFrom('p', bytes);
    }
  }

  /** Takes note that a lone chunk was deleted. */
  removedChunk(bytes: number): void {
    this.#deletedFrom('c', bytes);
  }

  /** The disk is short of room: gives back what there is. */
  roomIsLow(): void {
    for (const table of ['p', 'c'] as const) {
      if (this.#deleted[table] >= LOW_BYTES) this.#compactAll(table);
    }
  }

  /** Starts no more compactions and waits for the one that runs. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#last;
  }

  #deletedFrom(table: BulkTable, bytes: number): void {
    this.#deleted[table] += bytes;
    const enough = Math.max(SCATTERED_BYTES, this.#storedBytes() * SCATTERED_PART);
    if (this.#deleted[table] >= enough) this.#compactAll(table);
  }

  #compactAll(table: BulkTable): void {
    this.#deleted[table] = 0;
    this.#compact(table, new Uint8Array(), new Uint8Array(33).fill(0xff)); // longer than any key
  }

  #compact(table: BulkTable, first: Uint8Array, last: Uint8Array): void {
    this.#last = this.#last.then(async () => {
      if (this.#closing) return;
      // Without it the room comes back later; a database that fails shows it at the next read or write.
      await this.#database.compact(table, first, last).catch(() => undefined);
    });
  }
}
