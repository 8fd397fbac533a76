import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { type BusyTask, runBusyProcess } from '../support/rados-busy.ts';
import { rawConnect } from '../support/rados-raw.ts';

const ceph = useCeph();
const ROUNDS = 20;

async function task(): Promise<BusyTask> {
  const pool = await ceph.pool();
  return { connect: rawConnect(await ceph.cluster(), pool), pool: pool.name, namespace: 'exit' };
}

test('process.exit with operations in flight ends the process with its code', WITH_CEPH, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { code, signal, stderr } = await runBusyProcess(await task(), 'exit');
    assert.deepEqual({ code, signal }, { code: 7, signal: null }, stderr);
  }
});

test('an uncaught exception with operations in flight ends the process with code 1', WITH_CEPH, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { code, signal, stderr } = await runBusyProcess(await task(), 'throw');
    assert.deepEqual({ code, signal }, { code: 1, signal: null }, stderr);
    assert.match(stderr, /on purpose/);
  }
});

test('a process does not wait for a connect, to a monitor that never answers', WITH_CEPH, async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { connect, ...rest } = await task();
  const settings = [
    ...connect.settings,
    ['mon_host', `[v2:127.0.0.1:${address.port}]`],
    ['client_mount_timeout', '50'],
  ] as const; // prettier-ignore
  for (let round = 0; round < 10; round++) {
    const from = performance.now();
    const { code, signal, stderr } = await runBusyProcess(
      { ...rest, connect: { ...connect, settings } },
      'exit',
      'connecting',
    );
    assert.deepEqual({ code, signal }, { code: 7, signal: null }, stderr);
    assert.ok(performance.now() - from < 40_000, 'it did not wait for the connect to fail');
  }
  silent.close();
});
