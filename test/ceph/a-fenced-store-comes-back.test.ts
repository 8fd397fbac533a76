import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { makeChunk, makeCollection, stageObject, storeObject } from '../support/store-objects.ts';
import { assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();

test(
  'calls of a fenced store fail as repeatable, its staged data goes, and it works on in a new session',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    const own: RadosConnection[] = [];
    const opened: number[] = [];
    await using store = await place.open({
      deadMs: 1000,
      connect: async () => {
        const connection = await place.connect();
        own.push(connection);
        return connection;
      },
      events: { sessionOpened: ({ session }) => void opened.push(session) },
    });
    const kept = makeCollection('kept', 5);
    const cut = makeCollection('cut', 5);
    await storeObject(store, kept);
    const tag = await stageObject(store, cut);
    await using outside = await place.connect();
    await outside.blocklist(own[0]?.address() ?? '', 3600);
    await outside.waitForLatestMap();
    const chunks = Array.from({ length: 30 }, (_, i) => makeChunk(`chunk ${i}`));
    await until('its writes are refused', async () => {
      const codes = await Promise.all(chunks.map((chunk) => codeOf(store.setChunk(chunk))));
      assert.ok(
        codes.every((code) => code === 'none' || code === 'PROVENDER_UNAVAILABLE'),
        codes.join(),
      );
      return codes.includes('PROVENDER_UNAVAILABLE');
    });
    await until('a new session', () => opened.length === 2 && store.health().writable);
    const [stripe] = cut.stripes;
    assert.ok(stripe);
    assert.equal(await codeOf(store.writeStripe(tag, 0, stripe)), 'PROVENDER_UNAVAILABLE');
    assert.equal(await codeOf(store.publish(cut.id, cut.head(tag))), 'PROVENDER_UNAVAILABLE');
    await store.discard(tag);
    await assertWhole(store, kept);
    await until('the old session is swept', async () => {
      const { pool, namespace } = place;
      assert.deepEqual(await radosLeftovers({ connection: outside, pool, namespace }), [
        'sessions s.00000002',
      ]);
      return true;
    });
    await assertWhole(store, kept);
    await storeObject(store, cut);
    await assertWhole(store, cut);
    for (const chunk of chunks) await store.setChunk(chunk);
    for (const chunk of chunks) assert.ok(await readChunk(store, chunk.id));
    await until(
      'all are counted',
      () => store.usage().chunks === chunks.length && store.usage().collections === 2,
    );
  },
);
