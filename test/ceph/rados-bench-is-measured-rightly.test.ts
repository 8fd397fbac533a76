import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Child } from '../../bench/framework/child.ts';
import type { RadosPlace } from '../../bench/framework/rados-place.ts';
import { Workspace } from '../../bench/framework/workspace.ts';
import { runRadosBench } from '../../bench/support/rados-bench.ts';
import type { ObjectSet, RadosClientCommands } from '../../bench/support/rados-client-process.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { openScratch } from '../support/scratch.ts';

const CLIENT = new URL('../../bench/support/rados-client-process.ts', import.meta.url);
const SIZE = 4096;
const ceph = useCeph();

async function placeIn(namespace: string): Promise<RadosPlace> {
  const [cluster, { name, user }] = [await ceph.cluster(), await ceph.pool()];
  return { confFile: cluster.confFile, user, pool: name, namespace };
}

/** Runs `rados ARGS` in a namespace, as whoever looks from outside. */
async function rados({ pool, namespace }: RadosPlace, ...args: string[]): Promise<Buffer> {
  return (await ceph.cluster()).rados(['-p', pool, '-N', namespace, ...args]);
}

async function client(workspace: Workspace, place: RadosPlace): Promise<Child<RadosClientCommands>> {
  const child = await workspace.start<RadosClientCommands>('client', CLIENT);
  await child.call('connect', place);
  return child;
}

test('what rados bench says it wrote is there, and our client reads the same bytes', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  await using workspace = await Workspace.open(scratch.path);
  const place = await placeIn('theirs');
  const task = { inFlight: 16, seconds: 30, runName: 'run' } as const;
  const write = { ...task, verb: 'write', sizeBytes: SIZE, maxObjects: 100 } as const;
  const run = await runRadosBench(workspace, place, write);
  const names = (await rados(place, 'ls')).toString().trim().split('\n').toSorted();
  const prefix = run.prefix ?? '';
  const expected = Array.from({ length: run.operations }, (_, i) => `${prefix}_object${i}`);
  assert.deepEqual(names, [...expected, 'run'].toSorted());
  assert.equal(run.operations, 100);
  assert.equal(run.operationBytes, SIZE);
  assert.ok(run.cpuMs > 0);

  const ours = await client(workspace, place);
  const set: ObjectSet = { name: prefix, count: run.operations, sizeBytes: SIZE, from: 'rados bench' };
  await ours.call('check', set);
  assert.equal((await runRadosBench(workspace, place, { ...task, verb: 'seq' })).operations, 100);
  await (await ceph.cluster()).rados(
    ['-p', place.pool, '-N', place.namespace, 'put', `${prefix}_object7`, '-'],
    Buffer.alloc(SIZE, 'z'),
  );
  await assert.rejects(
    ours.call('check', set),
    /_object7 \(4096 bytes, written by rados bench\) reads wrong/,
  );
  await ours.call('remove', { name: prefix, count: run.operations, runName: 'run' });
  assert.equal((await rados(place, 'ls')).toString(), '');
});

test(
  'what our client says it wrote is there, and the command reads bytes that differ by object',
  WITH_CEPH,
  async () => {
    await using scratch = await openScratch();
    await using workspace = await Workspace.open(scratch.path);
    const place = await placeIn('ours');
    const ours = await client(workspace, place);
    const task = { name: 'set', inFlight: 16, seconds: 30, sizeBytes: SIZE, maxObjects: 50 };
    const { operations } = await ours.call('write', task);
    assert.equal(operations, 50);
    assert.equal((await rados(place, 'ls')).toString().trim().split('\n').length, operations);
    const set: ObjectSet = { name: 'set', count: operations, sizeBytes: SIZE, from: 'us' };
    await ours.call('check', set);
    const [first, second] = [
      await rados(place, 'get', 'set_object0', '-'),
      await rados(place, 'get', 'set_object1', '-'),
    ];
    assert.equal(first.length, SIZE);
    assert.equal(first.equals(second), false);

    await ours.call('reserve', { inFlight: 4, sizeBytes: SIZE });
    for (const command of ['readSingly', 'readMany'] as const) {
      const done = await ours.call(command, { set, seconds: 0.05 });
      assert.equal(done.operations % 4, 0);
      await ours.call('checkLanded', set);
    }
    await ours.call('read', { set, inFlight: 4, seconds: 0.05 });
    await ours.call('checkLanded', set);
    // Of another writer's making these bytes would be others: the check does look.
    await assert.rejects(ours.call('checkLanded', { ...set, from: 'rados bench' }), /reads wrong/);
  },
);

test('a run that fails says what rados bench wrote', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  await using workspace = await Workspace.open(scratch.path);
  const place = await placeIn('none');
  const task = { inFlight: 1, seconds: 1, runName: 'never-written', verb: 'rand' } as const;
  await assert.rejects(
    runRadosBench(workspace, place, task),
    /rados bench ended with code 1: .*No such file|-2/s,
  );
  const away = { ...place, pool: 'no-such-pool' };
  await assert.rejects(
    runRadosBench(workspace, away, task),
    /rados bench ended with code 1: .*no-such-pool/s,
  );
});
