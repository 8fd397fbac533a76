import type { Database } from '../embedded/database.ts';
import type { DataShelf } from '../embedded/shelves.ts';
import type { Operation } from '../embedded/tables.ts';
import { placesIn } from '../extent-memory.ts';
import type { Extent } from '../object-store.ts';
import { type Tag, tagName } from '../tag.ts';
import { PAGE_SIZE, pageKey, pageRange } from './page.ts';
import type { Reclaimer } from './reclaimer.ts';

/** Deletions in one batch, 31 full stripes. */
const DELETIONS_PER_BATCH = 2048;

/** Stripes as pages in sublevel `p`, stripe roots in `r`. */
export class LevelData implements DataShelf {
  readonly #database: Database;
  readonly #reclaimer: Reclaimer;

  constructor(database: Database, reclaimer: Reclaimer) {
    this.#database = database;
    this.#reclaimer = reclaimer;
  }

  async writeStripe(tag: Tag, stripe: number, bytes: Uint8Array): Promise<void> {
    const operations: Operation[] = [];
    for (let page = 0; page * PAGE_SIZE < bytes.length; page++) {
      const value = bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
      operations.push({ table: 'p', key: pageKey(tag, stripe, page), value });
    }
    await this.#database.write(operations);
  }

  async writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    await this.#database.write([{ table: 'r', key: tag, value: bytes }]);
  }

  /** Every batch was synced. */
  async settle(): Promise<void> {}

  async readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined> {
    const wanted = [...new Set(extents.flatMap(pagesOf))];
    return this.#database.read(`stripe ${stripe} of ${tagName(tag)}`, async (tables) => {
      const table = tables.table('p');
      const values = await table.getMany(wanted.map((page) => pageKey(tag, stripe, page)));
      const found = new Map<number, Uint8Array>();
      wanted.forEach((page, i) => {
        const value = values[i];
        if (value !== undefined) found.set(page, value);
      });
      if (found.size === 0 && !(await table.has(pageKey(tag, stripe, 0)))) return undefined;
      const places = placesIn(memory, extents);
      return extents.map((extent, i) => cut(found, extent, places[i]));
    });
  }

  readRoots(tag: Tag): Promise<Uint8Array | undefined> {
    return this.#database.read(`stripe roots of ${tagName(tag)}`, (tables) => tables.table('r').get(tag));
  }

  async drop(tag: Tag): Promise<void> {
    const { first, last } = pageRange(tag);
    let from = first;
    let pages = 0;
    for (;;) {
      const keys = await this.#database.read(`pages of ${tagName(tag)}`, (tables) =>
        tables.table('p').keys({ gte: from, lte: last, limit: DELETIONS_PER_BATCH }).all(),
      );
      await this.#database.write([
        ...keys.map((key) => ({ table: 'p', key }) as const),
        { table: 'r', key: tag },
      ]);
      pages += keys.length;
      const end = keys.at(-1);
      if (end === undefined || keys.length < DELETIONS_PER_BATCH) break;
      from = end; // deleted by now: the next page of keys starts above it
    }
    this.#reclaimer.droppedTag(tag, pages * PAGE_SIZE);
  }
}

function pagesOf({ offset, length }: Extent): number[] {
  if (length === 0) return [];
  const first = Math.floor(offset / PAGE_SIZE);
  const end = Math.ceil((offset + length) / PAGE_SIZE);
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** The bytes of an extent as far as they are there: up to a missing page, or to the end of a short one. */
function cut(
  pages: ReadonlyMap<number, Uint8Array>,
  extent: Extent,
  place: Uint8Array | undefined,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const page of pagesOf(extent)) {
    const bytes = pages.get(page);
    if (bytes === undefined) break;
    const start = Math.max(0, extent.offset - page * PAGE_SIZE);
    parts.push(bytes.subarray(start, extent.offset + extent.length - page * PAGE_SIZE));
    if (bytes.length < PAGE_SIZE) break;
  }
  if (place !== undefined) return fill(place, parts);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

function fill(place: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  let filled = 0;
  for (const part of parts) {
    place.set(part, filled);
    filled += part.length;
  }
  return place.subarray(0, filled);
}
