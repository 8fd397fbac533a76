import type { Database } from './database.ts';
import type { Operation } from './tables.ts';
import { addUsage, decodeUsage, encodeUsage, NO_USAGE, type UsageCounts } from './usage.ts';

/** Some operations that belong together, and what they change of the usage. */
export interface Change {
  readonly operations: readonly Operation[];
  readonly usage?: Partial<UsageCounts>;
}

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The most changes in one batch: 512 lone chunks make 2.2 MiB. */
const MAX_GROUP = 512;
const USAGE_KEY = new TextEncoder().encode('usage');

/**
 * Commits changes with the usage record in the same synced batch. While one batch is on its way to the disk the next is collected, so
 * that writers that wait together share one fsync.
 */
export class Ledger {
  readonly #database: Database;
  #counts: UsageCounts = NO_USAGE;
  /** Lone chunks are counted without batches: the record is behind. */
  #chunksAreApart = false;
  #waiting: Waiting[] = [];
  #draining = false;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Reads the usage record. @throws ProvenderError `PROVENDER_CORRUPT` when it cannot be read */
  static async open(database: Database): Promise<Ledger> {
    const ledger = new Ledger(database);
    await ledger.reload();
    return ledger;
  }

  /** Reads the usage record again, after the database was opened again. What was counted without a batch stays as it is. */
  async reload(): Promise<void> {
    const record = await this.#database.read('usage record', (tables) => tables.table('u').get(USAGE_KEY));
    const { chunks, chunkBytes } = this.#counts;
    const apart = this.#chunksAreApart ? { chunks, chunkBytes } : {};
    this.#counts = { ...(record === undefined ? NO_USAGE : decodeUsage(record)), ...apart };
  }

  get counts(): UsageCounts {
    return this.#counts;
  }

  /** Counts lone chunks without a batch, for the adapter that keeps them outside of the database and can count them anew. */
  count(usage: Partial<Pick<UsageCounts, 'chunks' | 'chunkBytes'>>): void {
    this.#chunksAreApart = true;
    this.#counts = addUsage(this.#counts, usage);
  }

  /** Commits a change, all of it or nothing; durable when it resolves. @throws ProvenderError as `Database.write` */
  commit(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP);
      try {
        await this.#write(group.map(({ change }) => change));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#draining = false;
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const usage = changes.reduce((sum, change) => addUsage(sum, change.usage ?? {}), NO_USAGE);
    const record = { table: 'u', key: USAGE_KEY, value: encodeUsage(addUsage(this.#counts, usage)) } as const;
    await this.#database.write([...changes.flatMap(({ operations }) => operations), record]);
    this.#counts = addUsage(this.#counts, usage);
  }
}
