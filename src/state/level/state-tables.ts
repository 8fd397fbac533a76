import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateRecord } from '../state-store.ts';
import { openError, readError } from './level-errors.ts';
import { decodeStored, encodeStored } from './stored-record.ts';

type Database = Level<string, Uint8Array>;

/** What a group of transactions changes on the disk. */
export interface TableWrite {
  /** The revision that the store has afterwards. */
  readonly revision: bigint;
  /** By key: the new record, `undefined` when it is deleted. */
  readonly records: ReadonlyMap<string, StateRecord | undefined>;
  /** Keys among them that are bound to a lease. */
  readonly leased: ReadonlySet<string>;
}

/** Pages of records are cut at this size, so that a page of large ones does not fill the memory. */
const PAGE_BYTES = 4 * 2 ** 20;
/** Behind every printable character. */
const AFTER_ALL = '\x7f';
const REVISION = 'revision';
const FORMAT = 'format';
const FORMAT_1 = Uint8Array.of(1);
const PID_FILE = 'pid';

function openSublevel(database: Database, name: string) {
  return database.sublevel<string, Uint8Array>(name, { keyEncoding: 'utf8', valueEncoding: 'view' });
}

type Table = ReturnType<typeof openSublevel>;

/** One LevelDB: `r` holds records, `l` names those that are bound to a lease, `m` holds format and revision. Each write is synced to the disk. */
export class StateTables {
  readonly #directory: string;
  readonly #database: Database;
  readonly #records: Table;
  readonly #leased: Table;
  readonly #meta: Table;

  private constructor(directory: string, database: Database) {
    this.#directory = directory;
    this.#database = database;
    this.#records = openSublevel(database, 'r');
    this.#leased = openSublevel(database, 'l');
    this.#meta = openSublevel(database, 'm');
  }

  /** Opens or makes the database. @throws ProvenderError `PROVENDER_CONFIG` when another process has it or it cannot be used, `PROVENDER_CORRUPT` */
  static async open(directory: string): Promise<StateTables> {
    const pid = join(directory, PID_FILE);
    let database: Database | undefined;
    try {
      await mkdir(directory, { recursive: true });
      database = new Level(join(directory, 'db'), { keyEncoding: 'utf8', valueEncoding: 'view' });
      await database.open();
      await writeFile(pid, `${process.pid}\n`);
      const tables = new StateTables(directory, database);
      await tables.#checkFormat();
      return tables;
    } catch (error) {
      await database?.close();
      throw await openError(error, { directory, owner: () => readFile(pid, 'utf8') });
    }
  }

  async #checkFormat(): Promise<void> {
    const format = await this.#meta.get(FORMAT);
    if (format === undefined) {
      const sublevel = this.#meta;
      await this.#database.batch([{ type: 'put', sublevel, key: FORMAT, value: FORMAT_1 }], { sync: true });
    } else if (format.length !== 1 || format[0] !== FORMAT_1[0]) {
      const found = Buffer.from(format).toString('hex');
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        `${this.#directory}: state store of format ${found}, this version knows 01; start the version that wrote it`,
      );
    }
  }

  /** The revision of the last write; 0 when there was none. */
  async revision(): Promise<bigint> {
    const bytes = await this.#read('revision', () => this.#meta.get(REVISION));
    if (bytes === undefined) return 0n;
    if (bytes.length !== 8)
      throw new ProvenderError('PROVENDER_CORRUPT', `${this.#directory}: the revision is damaged`);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  }

  /** Keys that were bound to a lease. */
  leasedKeys(): Promise<readonly string[]> {
    return this.#read('leases', () => this.#leased.keys().all());
  }

  async get(key: string): Promise<StateRecord | undefined> {
    const bytes = await this.#read(key, () => this.#records.get(key));
    return bytes === undefined ? undefined : decodeStored(key, bytes);
  }

  /** Stored bytes for each key, in order; `decodeStored` reads them. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#read(`${keys.length} records`, () => this.#records.getMany([...keys]));
  }

  /** Up to `limit` records with the prefix, above `after` where given, fewer when they are large; and whether there are more. */
  page(
    prefix: string,
    limit: number,
    after: string | undefined,
  ): Promise<{ records: StateRecord[]; more: boolean }> {
    return this.#read(prefix, async () => {
      const start = after === undefined || after < prefix ? { gte: prefix } : { gt: after };
      const records: StateRecord[] = [];
      let size = 0;
      const rows = this.#records.iterator({ ...start, lt: prefix + AFTER_ALL, limit: limit + 1 });
      for await (const [key, bytes] of rows) {
        if (records.length === limit || size >= PAGE_BYTES) return { records, more: true };
        records.push(decodeStored(key, bytes));
        size += bytes.length;
      }
      return { records, more: false };
    });
  }

  /** Writes all or nothing; resolves when it is on the disk. @throws the error of package `level`; what became of it is unknown then */
  async write({ revision, records, leased }: TableWrite): Promise<void> {
    const counted = new Uint8Array(8);
    new DataView(counted.buffer).setBigUint64(0, revision);
    const batch = this.#database.batch().put(REVISION, counted, { sublevel: this.#meta });
    for (const [key, record] of records) {
      if (record === undefined) batch.del(key, { sublevel: this.#records });
      else batch.put(key, encodeStored(record), { sublevel: this.#records });
      if (leased.has(key)) batch.put(key, new Uint8Array(), { sublevel: this.#leased });
      else batch.del(key, { sublevel: this.#leased });
    }
    await batch.write({ sync: true });
  }

  async close(): Promise<void> {
    await this.#database.close();
    await rm(join(this.#directory, PID_FILE), { force: true });
  }

  async #read<T>(what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw readError(error, `state store, ${what}`);
    }
  }
}
