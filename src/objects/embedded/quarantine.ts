import type { QuarantineMark } from '../object-store.ts';
import { decodeMark, encodeMark } from '../quarantine-mark.ts';
import type { Database } from './database.ts';

/** Marks on damaged things: sublevel `q`, key in UTF-8 -> JSON. */
export class Quarantine {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async mark(mark: QuarantineMark): Promise<void> {
    const key = new TextEncoder().encode(mark.key);
    await this.#database.write([{ table: 'q', key, value: encodeMark(mark) }]);
  }

  /** All marks, ordered by key. @throws ProvenderError `PROVENDER_CORRUPT` for a mark that cannot be read */
  async all(): Promise<readonly QuarantineMark[]> {
    const rows = await this.#database.read('quarantine', (tables) => tables.table('q').iterator().all());
    return rows.map(([key, value]) => decodeMark(new TextDecoder().decode(key), value));
  }
}
