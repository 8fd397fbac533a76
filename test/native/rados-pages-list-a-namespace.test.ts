import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NativePool } from '../../src/objects/rados/client/native-binding.ts';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { openRaw, runRaw } from '../support/rados-raw.ts';

const ceph = useCeph();
const KEYS = Array.from({ length: 100 }, (_, i) => `key-${i}`);

async function fill(pool: NativePool, keys: readonly string[]): Promise<void> {
  for (const key of keys) assert.equal(await runRaw((id) => pool.writeFull(id, key, new Uint8Array(1))), 0);
}

/** All pages of a slice. */
async function listSlice(pool: NativePool, slice: number, slices: number, limit: number): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await pool.listPage(slice, slices, cursor, limit);
    assert.ok(page.keys.length <= limit);
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return keys;
}

test('pages of any size give every key of the namespace once, and none of another', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'listed');
  const other = await native.pool((await ceph.pool()).name, 'other');
  await fill(pool, KEYS);
  await fill(other, ['stranger']);
  for (const limit of [1, 7, 100, 1000]) {
    assert.deepEqual((await listSlice(pool, 0, 1, limit)).toSorted(), KEYS.toSorted());
  }
  assert.deepEqual(await listSlice(other, 0, 1, 10), ['stranger']);
  await native.close();
});

test('slices together give every key once', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'listed');
  await fill(pool, KEYS);
  for (const slices of [2, 3, 16]) {
    const parts = await Promise.all(
      Array.from({ length: slices }, async (_, i) => await listSlice(pool, i, slices, 5)),
    );
    assert.deepEqual(parts.flat().toSorted(), KEYS.toSorted());
    assert.ok(parts.filter((part) => part.length > 0).length > 1);
  }
  await native.close();
});

test(
  'a cursor is good for one page; one that was left behind makes room for later ones',
  WITH_CEPH,
  async () => {
    const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'listed');
    await fill(pool, KEYS);
    const stale = { errno: -116, syscall: 'rados_object_list' };
    const { cursor } = await pool.listPage(0, 1, undefined, 1);
    await pool.listPage(0, 1, cursor, 1);
    await assert.rejects(pool.listPage(0, 1, cursor, 1), stale);
    const { cursor: oldest } = await pool.listPage(0, 1, undefined, 1);
    for (let i = 0; i < 1023; i++) await pool.listPage(0, 1, undefined, 1);
    await pool.listPage(0, 1, undefined, 1);
    await assert.rejects(pool.listPage(0, 1, oldest, 1), stale);
    await native.close();
  },
);
