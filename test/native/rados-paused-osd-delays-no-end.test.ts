import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WITH_CEPH_FAULTS, useCeph } from '../support/ceph-test.ts';
import { BusyWorker, type BusyTask, runBusyProcess } from '../support/rados-busy.ts';
import { openRaw, rawConnect, runRaw, sharedBytes, submitRaw } from '../support/rados-raw.ts';

const ceph = useCeph({ faults: true });
const ROUNDS = 100;
/** Far below the time-out of operations, 30 s, and far above what a busy machine needs. */
const PROMPT_MS = 5000;

async function task(namespace: string): Promise<BusyTask> {
  const pool = await ceph.pool();
  return { connect: rawConnect(await ceph.cluster(), pool), pool: pool.name, namespace };
}

test('workers end at once though an OSD does not answer, 100 times', WITH_CEPH_FAULTS, async () => {
  const osd = (await ceph.cluster()).osd(0);
  for (let done = 0; done < ROUNDS; ) {
    const workers = await Promise.all(
      Array.from({ length: 10 }, async () => new BusyWorker(await task('worker'))),
    );
    await Promise.all(workers.map(async (worker) => await worker.untilSaid('busy')));
    await osd.pause();
    try {
      for (const worker of workers) assert.ok((await worker.terminate()) < PROMPT_MS);
    } finally {
      await osd.resume();
    }
    done += workers.length;
  }
});

test('a process exits at once though an OSD does not answer', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  const warm = new BusyWorker(await task('exit'));
  await warm.untilSaid('busy');
  await warm.terminate();
  await cluster.osd(0).pause();
  try {
    const { code, signal, stderr } = await runBusyProcess(await task('exit'), 'exit');
    assert.deepEqual({ code, signal }, { code: 7, signal: null }, stderr);
  } finally {
    await cluster.osd(0).resume();
  }
});

test(
  'cancelled operations are answered though their OSD does not answer, and the memory is let go',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    const { native, pool } = await openRaw(cluster, await ceph.pool(), 'cancel');
    const keys = Array.from({ length: 64 }, (_, i) => `k${i}`);
    for (const key of keys)
      assert.equal(await runRaw((id) => pool.writeFull(id, key, new Uint8Array(4096))), 0);
    await cluster.osd(0).pause();
    try {
      const reads = keys.map((key) => submitRaw((id) => pool.read(id, key, 0, sharedBytes(4096))));
      const writes = keys.map((key) => submitRaw((id) => pool.writeFull(id, key, new Uint8Array(4096))));
      for (const { id } of [...reads, ...writes]) pool.cancel(id);
      const rcs = await Promise.all([...reads, ...writes].map(async ({ result }) => (await result).rc));
      assert.ok(rcs.every((rc) => rc === -125 || rc >= 0));
      assert.ok(rcs.includes(-125));
    } finally {
      await cluster.osd(0).resume();
    }
    await native.close();
  },
);
