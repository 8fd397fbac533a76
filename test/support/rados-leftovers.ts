import { decodeHead } from '../../src/objects/head.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { tagName } from '../../src/objects/tag.ts';

/** A namespace of a pool, with a connection to look into it from outside. */
interface Looked {
  readonly connection: RadosConnection;
  readonly pool: string;
  readonly namespace: string;
}

/** All names of a namespace. */
export async function namesIn({ connection, pool, namespace }: Looked): Promise<string[]> {
  await using looked = await connection.pool(pool, { namespace });
  const names: string[] = [];
  for await (const name of looked.list()) names.push(name);
  return names.toSorted();
}

/**
 * Names of what lies in a store but belongs to no object: data, index rows and `g` rows without a head, session records, names outside the layout.
 * Read object by object, without the store's own code but for heads.
 */
export async function radosLeftovers(place: Looked): Promise<string[]> {
  const { connection, pool, namespace } = place;
  await using objects = await connection.pool(pool, { namespace });
  const names = await namesIn(place);
  const rows = new Map<string, [string, Uint8Array][]>();
  for (const name of names.filter((one) => /^[kx]\//.test(one) || one === 'sessions'))
    rows.set(name, await rowsOf(objects, name));
  const live = new Set<string>();
  for (const [name, value] of [...rows.values()].flat())
    if (name.startsWith('h.')) live.add(tagName(decodeHead(value).tag));
  const found = names.filter(
    (name) => !/^(?:format|sessions|quarantine|k\/..|x\/....|c\/[0-9a-f]{64})$/.test(name),
  );
  for (const [object, all] of rows)
    for (const [row] of all) if (isLeft(object, row, live)) found.push(`${object} ${row}`);
  for (const name of await namesIn({ ...place, namespace: `${namespace}.data` }))
    if (!live.has(name.split('/')[0] ?? '')) found.push(`data ${name}`);
  return found;
}

function isLeft(object: string, row: string, live: ReadonlySet<string>): boolean {
  if (object === 'sessions') return row !== 'next';
  if (object.startsWith('k/')) return row.startsWith('g.');
  return !live.has(row.split('.').slice(1).join('.'));
}

async function rowsOf(objects: RadosPool, key: string): Promise<[string, Uint8Array][]> {
  const rows: [string, Uint8Array][] = [];
  for await (const row of objects.omapEntries(key)) rows.push(row);
  return rows;
}
