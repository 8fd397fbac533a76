import { Level } from 'level';

/** The sublevels of object-layout.md, section 7. */
const TABLE_NAMES = ['c', 'h', 'p', 'r', 'x', 'i', 'u', 'q'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

type Database = Level<Uint8Array, Uint8Array>;

/** One change of a batch; no `value` deletes the key. */
export interface Operation {
  readonly table: TableName;
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

/** What LevelDB is opened with; all in bytes. */
export interface TableOptions {
  /**
   * Size of the log and of its copy in memory before LevelDB writes it out as a table; two of them may be in memory at once. A log of this size is
   * read at the open after a crash.
   */
  readonly writeBufferSize: number;
  /** Blocks of tables that LevelDB keeps in memory. */
  readonly cacheSize: number;
  /** Size of a table file. */
  readonly maxFileSize: number;
}

function openSublevel(database: Database, name: TableName) {
  return database.sublevel<Uint8Array, Uint8Array>(name, { keyEncoding: 'view', valueEncoding: 'view' });
}

/** A sublevel with binary keys and values. */
export type Table = ReturnType<typeof openSublevel>;

/** An open LevelDB with its sublevels. Keys of values of one sublevel are `!name!` ‖ key, as package `level` writes them. */
export class Tables {
  readonly #database: Database;
  readonly #tables: ReadonlyMap<TableName, Table>;

  private constructor(database: Database) {
    this.#database = database;
    this.#tables = new Map(TABLE_NAMES.map((name) => [name, openSublevel(database, name)]));
  }

  /** Opens or makes the database. @throws the error of package `level` */
  static async open(directory: string, options: TableOptions): Promise<Tables> {
    const database: Database = new Level(directory, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      compression: false, // replica bytes look random
      ...options,
    });
    await database.open();
    return new Tables(database);
  }

  /** One sublevel. */
  table(name: TableName): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no sublevel ${name}`);
    return table;
  }

  /** Writes all or nothing and returns when the log is on the disk. @throws the error of package `level` */
  async write(operations: readonly Operation[]): Promise<void> {
    const batch = operations.map(({ table: name, key, value }) => {
      const sublevel = this.table(name);
      return value === undefined
        ? { type: 'del' as const, sublevel, key }
        : { type: 'put' as const, sublevel, key, value };
    });
    await this.#database.batch(batch, { sync: true });
  }

  /** Reads at one point in time. */
  async atOnePoint<T>(read: (snapshot: ReturnType<Database['snapshot']>) => Promise<T>): Promise<T> {
    const snapshot = this.#database.snapshot();
    try {
      return await read(snapshot);
    } finally {
      await snapshot.close();
    }
  }

  /** Rewrites the tables that hold keys `start` to `end` of a sublevel, which gives the room of deleted values back. */
  async compact(name: TableName, start: Uint8Array, end: Uint8Array): Promise<void> {
    const table = this.table(name);
    const database: object = this.#database;
    if (!canCompact(database)) return;
    const raw = (key: Uint8Array): Uint8Array => table.prefixKey(key, 'view');
    await database.compactRange(raw(start), raw(end), { keyEncoding: 'view' });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** The types of `level` leave out what only its Node side has. */
interface Compacting {
  compactRange(start: Uint8Array, end: Uint8Array, options: { keyEncoding: 'view' }): Promise<void>;
}

function canCompact(database: object): database is Compacting {
  return 'compactRange' in database;
}
