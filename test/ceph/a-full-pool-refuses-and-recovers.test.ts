import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { makeChunk, makeQuickFile, storeObject } from '../support/store-objects.ts';
import { assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();

test(
  'a pool at its quota refuses sets at once, serves and removes, and takes sets again',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    const cluster = await ceph.cluster();
    await using store = await place.open({ beatMs: 1000, deadMs: 120_000 });
    const file = makeQuickFile('kept', 10_000);
    const { head } = await storeObject(store, file);
    const quota = (bytes: number) =>
      cluster.adminText(['osd', 'pool', 'set-quota', place.pool, 'max_bytes', String(bytes)]);
    await quota(4096);
    let filled = 0;
    await until(
      'the pool is full',
      async () => (await codeOf(store.setChunk(makeChunk(`filling ${filled++}`)))) === 'PROVENDER_OVER_QUOTA',
      120_000,
    );
    assert.equal(store.health().writable, false);
    assert.match(store.health().reason ?? '', /quota/);
    const tag = await store.stage();
    const [stripe] = file.stripes;
    assert.ok(stripe);
    assert.equal(await codeOf(store.writeStripe(tag, 0, stripe)), 'PROVENDER_OVER_QUOTA');
    await store.discard(tag);
    await assertWhole(store, file);
    const chunk = makeChunk('filling 0');
    assert.ok(await readChunk(store, chunk.id));
    assert.equal(await store.removeChunk(chunk.id, chunk.head), true);
    assert.equal(await store.remove(file.id, head), true);
    await quota(0);
    await until('it takes writes again, found out without one', () => store.health().writable, 120_000);
    assert.equal((await store.setChunk(chunk)).held, false);
  },
);
