import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { decodeHead } from '../../src/objects/head.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { stripeKey } from '../../src/objects/data-names.ts';
import { indexRowName, indexShard, indexShardKey } from '../../src/objects/rados/keys.ts';
import type { RadosStore } from '../../src/objects/rados/rados-store.ts';
import { type Tag, tagName } from '../../src/objects/tag.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { getFile, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const ceph = useCeph();
const SIZE = STRIPE_SIZE + 5 * BLOCK_SIZE + 17;
const CONTENT = testBytes(SIZE);
const CHUNKS = makeChunks(70);
/** Block whose bytes, root and row are damaged. */
const BLOCK = STRIPE_BLOCKS + 2;

/** A file, a collection and a lone chunk, and hands on the pool behind the store's back. */
interface Case {
  readonly open: OpenShares<RadosStore>;
  readonly objects: RadosPool;
  readonly data: RadosPool;
  readonly file: { id: ObjectId; tag: Tag };
  readonly collection: { id: ObjectId; tag: Tag };
  /** A chunk of the collection, and its index row. */
  readonly inside: { id: ObjectId; shard: string; row: string };
  readonly lone: ObjectId;
}

async function withCase(
  run: (held: Case) => Promise<{ key: string; block?: number; read: Promise<unknown> }>,
): Promise<void> {
  const place = await radosPlace(ceph);
  await using open = await openShares({ store: await place.open({ beatMs: 1000, deadMs: 120_000 }) });
  await using connection = await place.connect();
  await using objects = await connection.pool(place.pool, { namespace: place.namespace });
  await using data = await connection.pool(place.pool, { namespace: `${place.namespace}.data` });
  const tagOf = async (id: ObjectId): Promise<Tag> =>
    decodeHead((await open.store.getHead(id)) ?? new Uint8Array()).tag;
  const file = (await setFile(open.shares, CONTENT)).stat;
  const collection = (await setCollection(open.shares, CHUNKS)).stat;
  const lone = (await open.shares.setShare(testBytes(4000))).stat.id;
  const [, , chunk] = CHUNKS;
  assert.ok(chunk);
  const tag = await tagOf(collection.id);
  const { key, block, read } = await run({
    open,
    objects,
    data,
    file: { id: file.id, tag: await tagOf(file.id) },
    collection: { id: collection.id, tag },
    inside: {
      id: chunk.id,
      shard: indexShardKey(indexShard(chunk.id, 256)),
      row: indexRowName(chunk.id, tag),
    },
    lone,
  });
  await assert.rejects(read, (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_CORRUPT'), String(error));
    assert.deepEqual([error.details['key'], error.details['block']], [key, block]);
    return true;
  });
  const [mark] = await open.store.quarantined();
  assert.deepEqual([mark?.key, mark?.block], [key, block]);
}

async function flip(pool: RadosPool, key: string, at: number): Promise<void> {
  const byte = new Uint8Array(1);
  await pool.read(key, { into: byte, offset: at });
  await pool.write(key, at, Uint8Array.of((byte[0] ?? 0) ^ 1));
}

async function changeRow(
  pool: RadosPool,
  key: string,
  row: string,
  change: (value: Uint8Array) => Uint8Array,
): Promise<void> {
  const { omap } = await pool.look(key, [{ do: 'omapKeys', keys: [row] }]);
  const value = omap?.get(row);
  assert.ok(value);
  await pool.change(key, [{ do: 'omapSet', rows: [[row, change(value)]] }]);
}

const flipped =
  (at: number) =>
  (value: Uint8Array): Uint8Array =>
    value.map((byte, i) => (i === at ? byte ^ 1 : byte));

async function firstItem(open: Case['open'], id: ObjectId): Promise<void> {
  const [item] = await open.shares.getShares([id]);
  if (item !== undefined && 'error' in item) throw item.error;
}

test('a damaged block of a file', WITH_CEPH, async () => {
  await withCase(async ({ open, data, file }) => {
    const key = stripeKey(file.tag, 1);
    await flip(data, key, 2 * BLOCK_SIZE + 77);
    return { key, block: BLOCK, read: getFile(open.shares, file.id) };
  });
});

test('a damaged block root', WITH_CEPH, async () => {
  await withCase(async ({ open, data, file }) => {
    const key = stripeKey(file.tag, 1);
    await flip(data, key, 6 * BLOCK_SIZE + 2 * HASH_SIZE);
    return { key, block: BLOCK, read: getFile(open.shares, file.id) };
  });
});

test('damaged stripe roots', WITH_CEPH, async () => {
  await withCase(async ({ open, data, file }) => {
    const key = `${tagName(file.tag)}/r`;
    await flip(data, key, 3);
    return { key, read: getFile(open.shares, file.id) };
  });
});

test('a stripe that is missing while its head stands', WITH_CEPH, async () => {
  await withCase(async ({ open, data, file }) => {
    const key = stripeKey(file.tag, 1);
    await data.remove(key);
    return { key, block: STRIPE_BLOCKS, read: getFile(open.shares, file.id) };
  });
});

test('a damaged head', WITH_CEPH, async () => {
  await withCase(async ({ open, objects, file }) => {
    const hex = objectIdHex(file.id);
    await changeRow(objects, `k/${hex.slice(0, 2)}`, `h.${hex}`, flipped(60));
    return { key: `h/${hex}`, read: getFile(open.shares, file.id) };
  });
});

test('an index row that names another place', WITH_CEPH, async () => {
  await withCase(async ({ open, objects, inside }) => {
    await changeRow(objects, inside.shard, inside.row, flipped(3));
    return { key: `x/${objectIdHex(inside.id)}`, block: 3, read: firstItem(open, inside.id) };
  });
});

test('an index row that is none', WITH_CEPH, async () => {
  await withCase(async ({ open, objects, inside }) => {
    await changeRow(objects, inside.shard, inside.row, (value) => value.slice(1));
    const [, , , other] = CHUNKS;
    assert.ok(other);
    await firstItem(open, other.id); // its row is sound
    return { key: `x/${objectIdHex(inside.id)}`, read: firstItem(open, inside.id) };
  });
});

test('a damaged lone chunk', WITH_CEPH, async () => {
  await withCase(async ({ open, objects, lone }) => {
    const key = `c/${objectIdHex(lone)}`;
    await flip(objects, key, 99);
    return { key, block: 0, read: firstItem(open, lone) };
  });
});

test('a lone chunk that is too short', WITH_CEPH, async () => {
  await withCase(async ({ open, objects, lone }) => {
    const key = `c/${objectIdHex(lone)}`;
    await objects.truncate(key, 100);
    return { key, block: 0, read: firstItem(open, lone) };
  });
});

test('what is damaged can be removed and set again', WITH_CEPH, async () => {
  const place = await radosPlace(ceph);
  await using open = await openShares({ store: await place.open({ beatMs: 1000, deadMs: 120_000 }) });
  await using connection = await place.connect();
  await using objects = await connection.pool(place.pool, { namespace: place.namespace });
  const { stat } = await setFile(open.shares, CONTENT);
  const hex = objectIdHex(stat.id);
  await changeRow(objects, `k/${hex.slice(0, 2)}`, `h.${hex}`, flipped(60));
  await assert.rejects(getFile(open.shares, stat.id), { code: 'PROVENDER_CORRUPT' });
  await open.shares.removeFile(stat.id);
  assert.equal((await setFile(open.shares, CONTENT)).held, false);
  assert.ok((await getFile(open.shares, stat.id)).equals(CONTENT));
});
