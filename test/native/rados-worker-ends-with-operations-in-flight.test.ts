import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { BusyWorker, type BusyTask } from '../support/rados-busy.ts';
import { openRaw, rawConnect, runRaw, sharedBytes } from '../support/rados-raw.ts';

const ceph = useCeph();

async function task(namespace: string, digest: string): Promise<BusyTask> {
  const pool = await ceph.pool();
  return { connect: rawConnect(await ceph.cluster(), pool, { digest }), pool: pool.name, namespace };
}

test('a worker is terminated with 64 reads and 64 writes in flight, 100 times', WITH_CEPH, async () => {
  for (let round = 0; round < 100; round++) {
    const worker = new BusyWorker(await task('one', 'one'));
    await worker.untilSaid('busy');
    await worker.terminate();
  }
});

test('workers on one connection and on another end at the same time', WITH_CEPH, async () => {
  for (let round = 0; round < 10; round++) {
    const tasks = [await task('a', 'shared'), await task('b', 'shared'), await task('c', 'alone')];
    const workers = tasks.map((each) => new BusyWorker(each));
    await Promise.all(workers.map(async (worker) => await worker.untilSaid('busy')));
    await Promise.all(workers.map(async (worker) => await worker.terminate()));
  }
});

test('the end of a worker leaves the connection to those who share it', WITH_CEPH, async () => {
  const own = await ceph.pool();
  const { native, pool } = await openRaw(await ceph.cluster(), own, 'main');
  const worker = new BusyWorker(await task('worker', own.user));
  await worker.untilSaid('busy');
  assert.equal(await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array([1, 2, 3]))), 0);
  await worker.terminate();
  const into = sharedBytes(8);
  assert.equal(await runRaw((id) => pool.read(id, 'k', 0, into)), 3);
  await native.close();
});

test('a worker is terminated while it connects, to a monitor that never answers', WITH_CEPH, async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const host = `[v2:127.0.0.1:${address.port}]`;
  for (let round = 0; round < 10; round++) {
    const { connect, ...rest } = await task('none', `silent-${round}`);
    const settings = [...connect.settings, ['mon_host', host], ['client_mount_timeout', '3']] as const;
    const worker = new BusyWorker({ ...rest, connect: { ...connect, settings } });
    await worker.untilSaid('connecting');
    assert.ok((await worker.terminate()) < 2000, 'it did not wait for the connect to fail');
  }
  silent.close();
});

test('the 17th thread on one connection is refused', WITH_CEPH, async () => {
  const tasks = await Promise.all(Array.from({ length: 16 }, async (_, i) => await task(`n${i}`, 'crowd')));
  const workers = tasks.map((each) => new BusyWorker(each));
  await Promise.all(workers.map(async (worker) => await worker.untilSaid('busy')));
  const late = new BusyWorker(await task('late', 'crowd'));
  await assert.rejects(late.untilSaid('busy'), { errno: -87, syscall: 'connect' });
  const [first, ...rest] = workers;
  await first?.terminate();
  const next = new BusyWorker(await task('next', 'crowd'));
  await next.untilSaid('busy');
  await Promise.all([next, ...rest].map(async (worker) => await worker.terminate()));
});
