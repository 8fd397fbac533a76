import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { objectIdHex } from '../../src/content/object-id.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { GOLDEN_OBJECTS, goldenOf, hex, readGolden, writeGolden } from '../support/golden-records.ts';
import { namesIn } from '../support/rados-leftovers.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { openScratch } from '../support/scratch.ts';
import { makeChunk } from '../support/store-objects.ts';
import type { RawStore } from '../support/store-raw.ts';

const ceph = useCeph();

type Rados = (args: readonly string[]) => Promise<Buffer>;

/** Ceph's own command in a namespace of the pool. */
async function radosCommand({ pool, namespace }: RadosPlace, suffix = ''): Promise<Rados> {
  const cluster = await ceph.cluster();
  return (args) => cluster.rados(['-p', pool, '-N', namespace + suffix, ...args]);
}

/** Value of one row, read with Ceph's own command. */
async function rowValue(rados: Rados, object: string, row: string): Promise<Buffer> {
  await using scratch = await openScratch();
  await rados(['getomapval', object, row, scratch.at('value')]);
  return await readFile(scratch.at('value')); // before the folder goes
}

/** What lies in the store, in the form in which the files adapter has it. */
async function readRaw(place: RadosPlace): Promise<RawStore> {
  const [objects, data] = [await radosCommand(place), await radosCommand(place, '.data')];
  const files = new Map<string, Uint8Array>();
  for (const name of (await data(['ls'])).toString().trim().split('\n'))
    files.set(`d/${name}`, await data(['get', name, '-']));
  const name = objectIdHex(makeChunk('golden').id);
  const head = await objects(['getxattr', `c/${name}`, 'h']);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  const chunk = [length, head, await objects(['get', `c/${name}`, '-'])];
  files.set(`c/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`, Buffer.concat(chunk));
  return { rows: await readRows(place), files };
}

/** Heads and index rows as the embedded adapters have them: the hex digits of their names as bytes. */
async function readRows(place: RadosPlace): Promise<RawStore['rows']> {
  await using connection = await place.connect();
  const { pool, namespace } = place;
  await using objects = await connection.pool(pool, { namespace });
  const rows: { table: string; key: Uint8Array; value: Uint8Array }[] = [];
  for (const object of await namesIn({ connection, pool, namespace })) {
    const table = { k: 'h', x: 'x' }[object.split('/')[0] ?? ''];
    if (table === undefined) continue;
    for await (const [name, value] of objects.omapEntries(object))
      rows.push({ table, key: Buffer.from(name.replace(/^h\.|\./g, ''), 'hex'), value });
  }
  return rows.toSorted((a, b) => Buffer.compare(a.key, b.key));
}

test(
  'heads, stripes, roots and index rows on RADOS have the bytes of the embedded adapters',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    await using store = await place.open({ beatMs: 1000, deadMs: 120_000 });
    await writeGolden(store);
    assert.deepEqual(goldenOf(await readRaw(place), 'files'), await readGolden());
  },
);

test('names and records are those of the layout for the rados command too', WITH_CEPH, async () => {
  const place = await radosPlace(ceph);
  await using store = await place.open({ beatMs: 60_000, deadMs: 120_000, podName: 'pod-ü' });
  await writeGolden(store);
  const rados = await radosCommand(place);
  const format = `{"format":1,"indexShards":256,"networkId":"${'00'.repeat(32)}","storerPK":"${'07'.repeat(32)}"}`;
  assert.equal((await rados(['get', 'format', '-'])).toString(), format);
  assert.equal(hex(await rowValue(rados, 'sessions', 'next')), '00000002');
  assertSessionRecord(await rowValue(rados, 'sessions', 's.00000001'));
  const [, make] = GOLDEN_OBJECTS.find(([name]) => name === 'collection of 3') ?? [];
  const object = make?.();
  assert.ok(object);
  const id = objectIdHex(object.id);
  const head = await rowValue(rados, `k/${id.slice(0, 2)}`, `h.${id}`);
  assert.equal(hex(head.subarray(4, 12)), '0000000100000007');
  const [chunk] = object.chunkIds;
  assert.ok(chunk);
  const shard = Math.floor((Buffer.from(chunk).readUInt16BE() * 256) / 65_536);
  const rowName = `${objectIdHex(chunk).slice(0, 32)}.00000001.00000007`;
  const row = await rowValue(rados, `x/${String(shard).padStart(4, '0')}`, rowName);
  assert.equal(row.readUInt32BE(0), 0);
  assert.equal(row.readUInt16BE(4), object.rows[0]?.[0]?.length);
  assert.equal(hex(row.subarray(6)), id);
  const data = await radosCommand(place, '.data');
  assert.equal(hex(await data(['getxattr', '00000001.00000007/000000', 'id'])), id);
});

/** u8 1 ‖ u8 status ‖ u32 closer ‖ u64 beat ‖ u16 n ‖ address ‖ u8 p ‖ pod name */
function assertSessionRecord(record: Buffer): void {
  assert.equal(hex(record.subarray(0, 6)), '010100000000');
  const length = record.readUInt16BE(14);
  assert.match(record.toString('latin1', 16, 16 + length), /^[\d.:/[\]v,]+$/);
  const name = Buffer.from('pod-ü');
  assert.deepEqual(record.subarray(16 + length), Buffer.concat([Buffer.of(name.length), name]));
}
