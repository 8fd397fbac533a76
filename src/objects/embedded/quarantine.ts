import { ProvenderError } from '../../content/provender-error.ts';
import type { QuarantineMark } from '../object-store.ts';
import type { Database } from './database.ts';

const text = new TextEncoder();

/** Marks on damaged things: sublevel `q`, key in UTF-8 -> JSON {reason, block, unixMs}. */
export class Quarantine {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async mark({ key, ...facts }: QuarantineMark): Promise<void> {
    await this.#database.write([
      { table: 'q', key: text.encode(key), value: text.encode(JSON.stringify(facts)) },
    ]);
  }

  /** All marks, ordered by key. @throws ProvenderError `PROVENDER_CORRUPT` for a mark that cannot be read */
  async all(): Promise<readonly QuarantineMark[]> {
    const rows = await this.#database.read('quarantine', (tables) => tables.table('q').iterator().all());
    return rows.map(([key, value]) => decodeMark(new TextDecoder().decode(key), value));
  }
}

function decodeMark(key: string, value: Uint8Array): QuarantineMark {
  const facts = parseJson(key, value);
  if (typeof facts === 'object' && facts !== null && 'reason' in facts && 'unixMs' in facts) {
    const { reason, unixMs } = facts;
    const block = 'block' in facts ? facts.block : undefined;
    if (typeof reason === 'string' && typeof unixMs === 'number') {
      return typeof block === 'number' ? { key, reason, unixMs, block } : { key, reason, unixMs };
    }
  }
  throw new ProvenderError('PROVENDER_CORRUPT', `quarantine mark of ${key}: it has not the known fields`);
}

function parseJson(key: string, value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch (error) {
    throw new ProvenderError('PROVENDER_CORRUPT', `quarantine mark of ${key}: no JSON`, { cause: error });
  }
}
