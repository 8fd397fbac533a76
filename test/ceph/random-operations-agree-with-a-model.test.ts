import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { BAD_LUCK } from '../support/bad-luck.ts';
import type { CephCluster } from '../support/ceph-cluster.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { randomNumbers } from '../support/content.ts';
import { connectAlone } from '../support/rados-pod.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { ModelLoad } from '../support/store-model/load.ts';
import { until } from '../support/until.ts';
import type { RadosStore } from '../../src/objects/rados/rados-store.ts';

const ceph = useCeph({ faults: true });
const OPERATIONS = process.env['PROVENDER_TEST_LONG'] === '1' ? 100_000 : 3000;
/** Operations between two faults: the load is to run undisturbed too, or little would stand. */
const BETWEEN = 300;
const PROGRESS_LIMIT_MS = 120_000;
/** Shorter than most faults, so that outcomes become unknown. */
const TIMES = { opTimeoutMs: 2000, settleMs: 5000 };

/** Two pods that nobody takes for dead by mistake: a silent cluster lets nobody beat. */
async function openPods(place: RadosPlace): Promise<{ stores: RadosStore[]; lost: string[] }> {
  const { confFile } = await ceph.cluster();
  const { user } = await ceph.pool();
  const lost: string[] = [];
  const open = (): Promise<RadosStore> =>
    place.open({
      connect: () => connectAlone(confFile, user, TIMES.opTimeoutMs),
      settleMs: TIMES.settleMs,
      beatMs: 1000,
      deadMs: 120_000,
      removalDelayMs: 1000,
      lookMs: 2000,
      events: { sessionLost: ({ reason }) => void lost.push(reason) },
    });
  return { stores: [await open(), await open()], lost };
}

/** Has every kind of bad luck happen, again and again, until there were enough operations. */
async function disturb(t: TestContext, cluster: CephCluster, load: ModelLoad, seed: string): Promise<void> {
  const draw = randomNumbers(`${seed}/bad luck`);
  for (let turn = 0; !load.isStopped; turn++) {
    const luck = BAD_LUCK[turn % BAD_LUCK.length];
    assert.ok(luck);
    if (turn >= BAD_LUCK.length && load.operations >= OPERATIONS) return;
    const goal = load.operations + BETWEEN;
    await until(
      `${BETWEEN} operations after ${turn} faults`,
      () => load.operations >= goal || load.isStopped,
      PROGRESS_LIMIT_MS,
    );
    t.diagnostic(`${load.operations} operations, then ${luck.name}`);
    try {
      await luck.run(cluster, draw);
    } finally {
      await cluster.heal();
    }
  }
}

test(
  'random operations agree with a model while OSDs are killed, silenced and revived',
  WITH_CEPH_FAULTS,
  async (t) => {
    const seed = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');
    t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
    const cluster = await ceph.cluster();
    const place = await radosPlace(ceph);
    const { stores, lost } = await openPods(place);
    try {
      const load = new ModelLoad({ seed, stores });
      const running = load.run();
      const disturbed = disturb(t, cluster, load, seed).finally(() => load.stop());
      await Promise.all([running, disturbed]);
      await load.check();
      t.diagnostic(`${load.operations} operations: ${load.outcomes.toString()}`);
      assert.deepEqual(lost, [], 'no session is lost because the cluster is slow');
      await using connection = await place.connect();
      await until('nothing is left but what a head names', async () => {
        const left = await radosLeftovers({ connection, pool: place.pool, namespace: place.namespace });
        assert.deepEqual(left, ['sessions s.00000001', 'sessions s.00000002']);
        return true;
      });
      await load.check();
      await load.removeAll();
      await load.check();
    } finally {
      for (const store of stores) await store.close();
    }
  },
);
