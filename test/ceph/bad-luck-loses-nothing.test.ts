import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { RadosStore, RadosStoreOptions } from '../../src/objects/rados/rados-store.ts';
import { silent } from '../support/bad-luck.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { connectAlone } from '../support/rados-pod.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { makeChunk, makeCollection, makeFile, stageObject, storeObject } from '../support/store-objects.ts';
import { assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { ModelLoad } from '../support/store-model/load.ts';
import { until } from '../support/until.ts';

const ceph = useCeph({ faults: true });
/** As `serve` has it by default. */
const OP_TIMEOUT_MS = 30_000;
const SILENCE_MS = 20_000;
const LIMIT_MS = 120_000;

/** A store that is not taken for dead while the cluster is away, and what it reported. */
interface Watched extends AsyncDisposable {
  readonly place: RadosPlace;
  readonly store: RadosStore;
  readonly lost: string[];
}

async function openWatched(
  opTimeoutMs = OP_TIMEOUT_MS,
  options: Partial<RadosStoreOptions> = {},
): Promise<Watched> {
  const [place, { confFile }, { user }] = [await radosPlace(ceph), await ceph.cluster(), await ceph.pool()];
  const lost: string[] = [];
  const store = await place.open({
    connect: () => connectAlone(confFile, user, opTimeoutMs),
    beatMs: 1000,
    deadMs: 6000,
    events: { sessionLost: ({ reason }) => void lost.push(reason) },
    ...options,
  });
  return { place, store, lost, [Symbol.asyncDispose]: () => store.close() };
}

/** Has something happen to the cluster while two pods work, and compares all with the model. */
async function underLoad(
  t: TestContext,
  happens: (load: ModelLoad) => Promise<void>,
): Promise<{ load: ModelLoad; lost: readonly string[] }> {
  await using one = await openWatched();
  const lost: string[] = [];
  const { confFile } = await ceph.cluster();
  const { user } = await ceph.pool();
  await using two = await one.place.open({
    connect: () => connectAlone(confFile, user, OP_TIMEOUT_MS),
    beatMs: 1000,
    deadMs: 6000,
    events: { sessionLost: ({ reason }) => void lost.push(reason) },
  });
  const load = new ModelLoad({ seed: t.name, stores: [one.store, two] });
  const running = load.run();
  const happened = happens(load).finally(() => load.stop());
  await Promise.all([running, happened]);
  await load.check();
  t.diagnostic(`${load.operations} operations: ${load.outcomes.toString()}`);
  return { load, lost: [...one.lost, ...lost] };
}

/** Waits until more operations have ended. */
async function more(load: ModelLoad, operations = 200): Promise<void> {
  const goal = load.operations + operations;
  await until(`${operations} more operations`, () => load.operations >= goal || load.isStopped, LIMIT_MS);
}

test('an OSD dies and comes back: every call is answered', WITH_CEPH_FAULTS, async (t) => {
  const cluster = await ceph.cluster();
  const { load, lost } = await underLoad(t, async (running) => {
    await more(running);
    try {
      await cluster.osd(2).kill();
      await more(running);
      await cluster.osd(2).revive();
      await more(running);
    } finally {
      await cluster.heal();
    }
  });
  assert.deepEqual(load.outcomes.failed, new Map());
  assert.deepEqual(lost, []);
});

test(
  'all OSDs are silent for 20 s: every call is answered afterwards, and no pod takes another for dead',
  WITH_CEPH_FAULTS,
  async (t) => {
    const cluster = await ceph.cluster();
    const { load, lost } = await underLoad(t, async (running) => {
      await more(running);
      try {
        await silent(cluster.osds, SILENCE_MS);
        await more(running);
      } finally {
        await cluster.heal();
      }
    });
    assert.deepEqual(load.outcomes.failed, new Map());
    assert.deepEqual(lost, []);
  },
);

test('the monitor is silent: work goes on, and a start says so', WITH_CEPH_FAULTS, async (t) => {
  const cluster = await ceph.cluster();
  const { user } = await ceph.pool();
  const { load, lost } = await underLoad(t, async (running) => {
    await more(running);
    try {
      await cluster.monitor.pause();
      await more(running);
      await assert.rejects(connectAlone(cluster.confFile, user), { code: 'ETIMEDOUT' });
      await more(running);
    } finally {
      await cluster.heal();
    }
  });
  assert.deepEqual(load.outcomes.failed, new Map());
  assert.deepEqual(lost, []);
});

test('a full cluster refuses sets at once, serves and removes, and recovers', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  await using open = await openWatched();
  const { store, lost } = open;
  const [file, other, chunk] = [makeFile('kept', 50_000), makeCollection('gone', 5), makeChunk('kept')];
  await storeObject(store, file);
  const { head } = await storeObject(store, other);
  await store.setChunk(chunk);
  const staged = await stageObject(store, other);
  try {
    await cluster.fill();
    let set = 0;
    await until(
      'a set is refused',
      async () => (await codeOf(store.setChunk(makeChunk(`more ${set++}`)))) === 'PROVENDER_OVER_QUOTA',
      LIMIT_MS,
    );
    assert.equal(store.health().writable, false);
    const refusals = [
      () => store.setChunk(makeChunk('another')),
      () => store.stage().then((tag) => store.writeStripe(tag, 0, file.stripes[0] ?? new Uint8Array())),
    ];
    for (const refused of refusals) {
      const startedMs = performance.now();
      assert.equal(await codeOf(refused()), 'PROVENDER_OVER_QUOTA');
      assert.ok(performance.now() - startedMs < OP_TIMEOUT_MS / 2, 'it is refused and does not wait');
    }
    await assertWhole(store, file);
    assert.deepEqual((await readChunk(store, chunk.id))?.block, chunk.block);
    assert.equal(await store.remove(other.id, head), true);
    assert.equal(await store.removeChunk(chunk.id, chunk.head), true);
  } finally {
    await cluster.heal();
  }
  await until('it takes writes again', () => store.health().writable, LIMIT_MS);
  assert.equal((await store.setChunk(chunk)).held, false);
  assert.equal((await store.publish(other.id, other.head(staged))).held, false);
  await assertWhole(store, other);
  assert.deepEqual(lost, []);
});

test(
  'writes that time out and land later are ambiguous, and what they did is what is told from then on',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    await using open = await openWatched(1000, { settleMs: 1500 });
    const { store, lost } = open;
    const [fresh, removed, file, gone] = [
      makeChunk('fresh'),
      makeChunk('removed'),
      makeFile('file', 9000),
      makeFile('gone', 9000),
    ];
    await store.setChunk(removed);
    const tag = await store.stage({ id: file.id }); // one whose id is not known yet is named first, and nothing of the publish is sent
    for (const [i, stripe] of file.stripes.entries()) await store.writeStripe(tag, i, stripe);
    const { head } = await storeObject(store, gone);
    const ambiguous = async (call: Promise<unknown>): Promise<void> => {
      await assert.rejects(call, (error) => {
        assert.ok(isProvenderError(error, 'PROVENDER_AMBIGUOUS'), String(error));
        assert.equal(error.retryable, false, 'read first');
        return true;
      });
    };
    try {
      for (const osd of cluster.osds) await osd.pause();
      await Promise.all([
        ambiguous(store.setChunk(fresh)),
        ambiguous(store.removeChunk(removed.id, removed.head)),
        ambiguous(store.publish(file.id, file.head(tag))),
        ambiguous(store.remove(gone.id, head)),
        assert.rejects(readChunk(store, fresh.id), { code: 'PROVENDER_UNAVAILABLE', retryable: true }),
        assert.rejects(store.writeStripe(await store.stage(), 0, new Uint8Array(4096)), {
          code: 'PROVENDER_UNAVAILABLE',
        }),
      ]);
    } finally {
      await cluster.heal();
    }
    await until('the new chunk is there', async () => (await readChunk(store, fresh.id)) !== undefined);
    await until('the other one is gone', async () => (await readChunk(store, removed.id)) === undefined);
    await until('the file is there', async () => (await store.getHead(file.id)) !== undefined);
    await until('the other one is gone', async () => (await store.getHead(gone.id)) === undefined);
    await assertWhole(store, file);
    await until('sets again what was removed', async () => !(await store.setChunk(removed)).held);
    assert.deepEqual((await readChunk(store, removed.id))?.block, removed.block);
    assert.deepEqual(lost, []);
  },
);
