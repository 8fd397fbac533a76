import { concatBytes } from '@noble/hashes/utils.js';
import { OBJECT_KIND, type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { checkedHead, type Head, hasLoneTag } from '../head.ts';
import { decodeIndexRow, INDEX_PREFIX_SIZE, unpackIndexRows } from '../index-row.ts';
import type { CatalogEntry, ChunkLocation } from '../object-store.ts';
import type { Statement } from '../../proof/commitment.ts';
import { storedSize } from '../stored-size.ts';
import { TAG_SIZE, type Tag } from '../tag.ts';
import type { Database } from './database.ts';
import type { Ledger } from './ledger.ts';
import { encodeStagedRecord, type StagedRecord } from './staged-record.ts';
import type { Operation } from './tables.ts';
import type { UsageCounts } from './usage.ts';

/** Index rows of one batch: 0.3 MiB. */
const ROWS_PER_BATCH = 4096;
/** Heads read at a time while listing. */
const LIST_STEP = 1000;

/** Heads and index rows of files and collections, the same on both embedded adapters. */
export class Catalog {
  readonly #database: Database;
  readonly #ledger: Ledger;

  constructor(database: Database, ledger: Ledger) {
    this.#database = database;
    this.#ledger = ledger;
  }

  /** Bytes of a head as they are stored. */
  rawHead(id: ObjectId): Promise<Uint8Array | undefined> {
    return this.#database.read(`head of ${objectIdHex(id)}`, (tables) => tables.table('h').get(id));
  }

  /** Head of a file or collection. @throws ProvenderError `PROVENDER_CORRUPT` when its bytes are no head of this object */
  async head(id: ObjectId): Promise<Uint8Array | undefined> {
    const bytes = await this.rawHead(id);
    if (bytes === undefined) return undefined;
    const { tag } = checkedHead(id, bytes);
    return tag.every((byte) => byte === 0) ? undefined : bytes;
  }

  /** Records a tag before anything is written under it. */
  async recordTag(tag: Tag, operation?: Uint8Array): Promise<void> {
    const value = encodeStagedRecord(operation === undefined ? {} : { operation });
    await this.#ledger.commit({ operations: [{ table: 'i', key: tag, value }] });
  }

  /** Writes index rows; the record of the tag carries the head from before the first on, so that a crash leaves none. */
  async writeRows(
    id: ObjectId,
    record: Required<Pick<StagedRecord, 'head'>> & StagedRecord,
    packed: readonly Uint8Array[],
  ): Promise<void> {
    const { tag } = checkedHead(id, record.head);
    let batch: Operation[] = [{ table: 'i', key: tag, value: encodeStagedRecord(record) }];
    for (const stripe of packed) {
      for (const row of unpackIndexRows(stripe, tag, id)) batch.push({ table: 'x', ...row });
      if (batch.length < ROWS_PER_BATCH) continue;
      await this.#database.write(batch);
      batch = [];
    }
    if (batch.length > 0) await this.#database.write(batch);
  }

  /** Makes the object exist. */
  async publish(id: ObjectId, head: Uint8Array): Promise<void> {
    const { tag, statement } = checkedHead(id, head);
    await this.#ledger.commit({
      operations: [
        { table: 'h', key: id, value: head },
        { table: 'i', key: tag },
      ],
      usage: usageOf(statement, head.length, 1),
    });
  }

  /** Puts another head in the place of `seen`; the tag of that is recorded, so that its data goes even after a crash. */
  async replace(id: ObjectId, head: Uint8Array, seen: Uint8Array): Promise<Tag> {
    const [next, old] = [checkedHead(id, head), checkedHead(id, seen)];
    const bytes = (found: Head, size: number): number => usageOf(found.statement, size, 1).objectBytes ?? 0;
    await this.#ledger.commit({
      operations: [
        { table: 'h', key: id, value: head },
        { table: 'i', key: next.tag },
        { table: 'i', key: old.tag, value: encodeStagedRecord({ head: seen }) },
      ],
      usage: { objectBytes: bytes(next, head.length) - bytes(old, seen.length) },
    });
    return old.tag;
  }

  /** Makes the object cease to exist; its tag is recorded, so that its data goes even after a crash. */
  async remove(id: ObjectId, head: Uint8Array): Promise<Tag> {
    const { tag, statement } = checkedHead(id, head);
    await this.#ledger.commit({
      operations: [
        { table: 'h', key: id },
        { table: 'i', key: tag, value: encodeStagedRecord({ head }) },
      ],
      usage: usageOf(statement, head.length, -1),
    });
    return tag;
  }

  /** Rows of a chunk, whatever became of their collections. @throws ProvenderError `PROVENDER_CORRUPT` for a row that cannot be read */
  async findChunk(id: ObjectId): Promise<readonly ChunkLocation[]> {
    const prefix = id.subarray(0, INDEX_PREFIX_SIZE);
    const range = {
      gte: prefix,
      lte: concatBytes(prefix, new Uint8Array(TAG_SIZE).fill(0xff)),
    };
    const rows = await this.#database.read(`index rows of ${objectIdHex(id)}`, (tables) =>
      tables.table('x').iterator(range).all(),
    );
    return rows.map(([key, value]) => decodeIndexRow(key, value));
  }

  /** Heads with ids above `after`, ascending: those of lone chunks, or the others. */
  list(lone: boolean, page: { after?: ObjectId; limit: number }): Promise<readonly CatalogEntry[]> {
    return this.#database.read('list of heads', async (tables) => {
      const found: CatalogEntry[] = [];
      await using iterator = tables.table('h').iterator(page.after === undefined ? {} : { gt: page.after });
      while (found.length < page.limit) {
        const entries = await iterator.nextv(LIST_STEP);
        if (entries.length === 0) break;
        for (const [key, head] of entries) {
          if (hasLoneTag(head) === lone && found.length < page.limit)
            found.push({ id: parseObjectId(key), head, token: key });
        }
      }
      return found;
    });
  }
}

function usageOf(statement: Statement, headBytes: number, sign: 1 | -1): Partial<UsageCounts> {
  const objectBytes = sign * storedSize({ ...statement, passes: statement.layerRoots.length }, headBytes);
  return statement.kind === OBJECT_KIND.collection
    ? { objectBytes, collections: sign }
    : { objectBytes, files: sign };
}
