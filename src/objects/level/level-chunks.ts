import { BLOCK_SIZE } from '../../content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Catalog } from '../embedded/catalog.ts';
import type { Database } from '../embedded/database.ts';
import type { Ledger } from '../embedded/ledger.ts';
import type { ChunkShelf } from '../embedded/shelves.ts';
import type { StepHook } from '../step-hook.ts';
import type { UsageCounts } from '../embedded/usage.ts';
import { checkedHead, hasLoneTag } from '../head.ts';
import type { CatalogEntry, LoneChunk } from '../object-store.ts';
import type { Reclaimer } from './reclaimer.ts';

/** Lone chunks: sublevel `c` has their bytes, `h` their heads, both written in one batch. */
export class LevelChunks implements ChunkShelf {
  readonly #database: Database;
  readonly #ledger: Ledger;
  readonly #catalog: Catalog;
  readonly #reclaimer: Reclaimer;
  readonly #step: StepHook;

  constructor(parts: {
    database: Database;
    ledger: Ledger;
    catalog: Catalog;
    reclaimer: Reclaimer;
    step: StepHook;
  }) {
    this.#database = parts.database;
    this.#ledger = parts.ledger;
    this.#catalog = parts.catalog;
    this.#reclaimer = parts.reclaimer;
    this.#step = parts.step;
  }

  async head(id: ObjectId): Promise<Uint8Array | undefined> {
    const head = await this.#catalog.rawHead(id);
    if (head !== undefined) checkedHead(id, head);
    return head;
  }

  async put(chunk: LoneChunk): Promise<void> {
    await this.#write(chunk, { chunks: 1, chunkBytes: chunk.block.length + chunk.head.length });
    await this.#step('chunk: set');
  }

  async replace(chunk: LoneChunk, standing: Uint8Array): Promise<void> {
    await this.#write(chunk, { chunkBytes: chunk.head.length - standing.length });
    await this.#step('chunk: replaced');
  }

  async remove(id: ObjectId, head: Uint8Array): Promise<void> {
    await this.#ledger.commit({
      operations: [
        { table: 'c', key: id },
        { table: 'h', key: id },
      ],
      usage: { chunks: -1, chunkBytes: -(BLOCK_SIZE + head.length) },
    });
    this.#reclaimer.removedChunk(BLOCK_SIZE);
    await this.#step('chunk: removed');
  }

  read(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]> {
    return this.#database.read('lone chunks', (tables) =>
      tables.atOnePoint(async (snapshot) => {
        const keys = [...ids];
        const [blocks, heads] = await Promise.all([
          tables.table('c').getMany(keys, { snapshot }),
          tables.table('h').getMany(keys, { snapshot }),
        ]);
        return ids.map((id, i) => assemble(id, heads[i], blocks[i]));
      }),
    );
  }

  list(page: { after?: ObjectId; limit: number }): Promise<readonly CatalogEntry[]> {
    return this.#catalog.list(true, page);
  }

  async #write({ id, head, block }: LoneChunk, usage: Partial<UsageCounts>): Promise<void> {
    const operations = [
      { table: 'c', key: id, value: block },
      { table: 'h', key: id, value: head },
    ] as const;
    await this.#ledger.commit({ operations, usage });
  }
}

/** A head with tag 0 and its block belong together; a head of another kind is no lone chunk. */
function assemble(
  id: ObjectId,
  head?: Uint8Array,
  block?: Uint8Array,
): LoneChunk | ProvenderError | undefined {
  if (block === undefined && (head === undefined || !hasLoneTag(head))) return undefined;
  if (head !== undefined && block !== undefined && block.length === BLOCK_SIZE) return { id, head, block };
  const found = `head of ${head?.length ?? 0} and block of ${block?.length ?? 0} bytes`;
  return new ProvenderError('PROVENDER_CORRUPT', `chunk ${objectIdHex(id)}: ${found}`, {
    details: { id: objectIdHex(id) },
  });
}
