import { parseObjectId } from '../../content/object-id.ts';
import type { CatalogEntry } from '../object-store.ts';
import { CATALOG_SHARDS, catalogShardKey, HEAD_ROW_PREFIX, headRow, idOfHeadRow } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';

/** The OSD cuts at 1024 rows. */
const PAGE = 1000;
/** Catalog objects that are read beside each other when a page goes over several. */
const WIDTH = 16;

/**
 * Lists files and collections in ascending order of ids: the catalog objects are numbered by the first byte of an id.
 *
 * @param page - `after`: any id
 * @throws ProvenderError `PROVENDER_INVALID` when `after` is none
 */
export async function listObjects(
  session: RadosSession,
  { after, limit }: { after?: Uint8Array; limit: number },
): Promise<readonly CatalogEntry[]> {
  const start = after === undefined ? undefined : parseObjectId(after);
  const first = start?.[0] ?? 0;
  const entries: CatalogEntry[] = [];
  const from = start === undefined ? '' : headRow(start);
  entries.push(...(await entriesOf(session, { shard: first, from, limit })));
  for (let shard = first + 1; shard < CATALOG_SHARDS && entries.length < limit; shard += WIDTH) {
    const left = limit - entries.length;
    const shards = Array.from({ length: Math.min(WIDTH, CATALOG_SHARDS - shard) }, (_, i) => shard + i);
    const found = await Promise.all(
      shards.map((one) => entriesOf(session, { shard: one, from: '', limit: left })),
    );
    entries.push(...found.flat().slice(0, left));
  }
  return entries;
}

/** Entries of one catalog object behind row `from`, ascending. */
async function entriesOf(
  session: RadosSession,
  { shard, from, limit }: { shard: number; from: string; limit: number },
): Promise<readonly CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  let after = from;
  for (let more = true; more && entries.length < limit; ) {
    const page = await asPort(session, `list ${catalogShardKey(shard)}`, () =>
      session.objects.look(catalogShardKey(shard), [
        { do: 'omapRange', after, prefix: HEAD_ROW_PREFIX, limit: Math.min(PAGE, limit - entries.length) },
      ]),
    );
    for (const [row, head] of page.omap ?? []) {
      const id = idOfHeadRow(row);
      if (id !== undefined) entries.push({ id, head, token: id });
      after = row;
    }
    more = page.more === true;
  }
  return entries;
}
