import assert from 'node:assert/strict';
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
