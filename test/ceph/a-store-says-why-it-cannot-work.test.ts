import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { isRadosError } from '../../src/objects/rados/client/rados-error.ts';
import { openShares } from '../support/open-shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { connectAlone } from '../support/rados-pod.ts';
import { namesIn, radosLeftovers } from '../support/rados-leftovers.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { getFile, itemsOf, makeChunks, setCollection, setFile } from '../support/share-content.ts';
import { makeChunk, makeCollection, makeFile, stageObject, storeObject } from '../support/store-objects.ts';
import { assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const LAZY = { beatMs: 500, deadMs: 60_000 };

test(
  'a pool that is deleted: no call says that an object is not there, and the store is not ready',
  WITH_CEPH,
  async () => {
    const cluster = await ceph.cluster();
    const doomed = await cluster.createPool();
    const place = await radosPlace(ceph);
    const failures: unknown[] = [];
    await using store = await place.open({
      ...LAZY,
      pool: doomed.name,
      connect: () => connectAlone(cluster.confFile, doomed.user),
      events: { dutyFailed: ({ error }) => void failures.push(error) },
    });
    await using open = await openShares({ store });
    const { shares } = open;
    const { id: chunk } = (await shares.setShare(testBytes(4000))).stat;
    const { id: file } = (await setFile(shares, testBytes(9000))).stat;
    const { id: collection } = (await setCollection(shares, makeChunks(5))).stat;
    await doomed.remove();
    await until('the client knows', async () => (await codeOf(shares.statFile(file))) !== 'none');
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      setShare: () => shares.setShare(testBytes(100)),
      setFile: () => setFile(shares, testBytes(100)),
      setShares: () => setCollection(shares, makeChunks(2)),
      getShares: () => shares.getShares([chunk]),
      getFile: () => getFile(shares, file),
      readShares: () => itemsOf(shares.readShares({ collection, first: 0 })),
      statShare: () => shares.statShare(chunk),
      removeShare: () => shares.removeShare(chunk),
      removeFile: () => shares.removeFile(file),
      listChunks: () => shares.list({ kind: OBJECT_KIND.chunk, limit: 10 }),
      listFiles: () => shares.list({ kind: OBJECT_KIND.file, limit: 10 }),
    };
    for (const [name, call] of Object.entries(calls))
      assert.equal(await codeOf(call()), 'PROVENDER_UNAVAILABLE', name);
    await until('it is not ready', () => !store.health().writable);
    assert.match(store.health().reason ?? '', /pool or namespace are not what they were/);
    assert.notEqual(failures.length, 0);
  },
);

test('a key that may only read opens nothing and changes nothing', WITH_CEPH, async () => {
  const cluster = await ceph.cluster();
  const place = await radosPlace(ceph);
  await using store = await place.open(LAZY);
  const chunk = makeChunk('kept');
  await store.setChunk(chunk);
  const reader = await cluster.createUser({ osd: `allow r pool=${place.pool}` });
  await using connection = await place.connect();
  const before = await namesIn({ connection, pool: place.pool, namespace: place.namespace });
  const connect = () => connectAlone(cluster.confFile, reader.user);
  await assert.rejects(place.open({ ...LAZY, connect }), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_CONFIG'), String(error));
    assert.match(error.message, /may not write .*allow rwx pool=/);
    assert.equal(error.retryable, false);
    return true;
  });
  assert.deepEqual(await namesIn({ connection, pool: place.pool, namespace: place.namespace }), before);
  assert.deepEqual((await readChunk(store, chunk.id))?.block, chunk.block);
});

test(
  'a key that may not fence works, and leaves what dead pods left to those that may',
  WITH_CEPH,
  async () => {
    const cluster = await ceph.cluster();
    const place = await radosPlace(ceph);
    const weak = await cluster.createUser({ mon: 'allow r', osd: `allow rwx pool=${place.pool}` });
    await using dead = await place.open({ beatMs: 3_600_000, deadMs: 7_200_000, events: {} });
    const [staged, kept] = [makeCollection('staged', 3), makeFile('kept', 9000)];
    await storeObject(dead, kept);
    await stageObject(dead, staged);
    const refusals: string[] = [];
    await using store = await place.open({
      connect: () => connectAlone(cluster.confFile, weak.user),
      events: {
        dutyFailed: ({ duty, error }) => {
          if (isRadosError(error, 'EACCES')) refusals.push(duty);
        },
      },
    });
    await until('a refused fence', () => refusals.includes('close session 1'));
    await assertWhole(store, kept);
    await storeObject(store, makeCollection('own', 2));
    await using connection = await place.connect();
    const left = await radosLeftovers({ connection, pool: place.pool, namespace: place.namespace });
    assert.ok(left.includes('data 00000001.00000002/000000'), left.join());
    await using strong = await place.open({ events: {} });
    await until('the sweep', async () => {
      const now = await radosLeftovers({ connection, pool: place.pool, namespace: place.namespace });
      return now.every((name) => name.startsWith('sessions ')) && !now.includes('sessions s.00000001');
    });
    await assertWhole(strong, kept);
  },
);
