import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectThrough } from '../../../src/objects/rados/client/rados-cluster.ts';
import { deferred } from '../../support/deferred.ts';
import { codeOf, openRadosOnFake, watch } from '../../support/rados-on-fake.ts';
import { until } from '../../support/until.ts';

const two = { maxInFlight: 2, maxInFlightBytes: 1_000_000, maxQueued: 10 };
const NO_GRACE = { graceMs: 1 };
const LONG_GRACE = { graceMs: 3_600_000 };

test('close lets accepted work end, also what waits, and refuses new work', async () => {
  const { rados, connection, pool } = await openRadosOnFake({ admission: two });
  const calls = ['a', 'b', 'c'].map((key) => pool.remove(key));
  const closed = watch(connection.close(LONG_GRACE));
  await assert.rejects(pool.remove('late'), { code: 'PROVENDER_CLOSED' });
  await assert.rejects(connection.pool('q'), { code: 'PROVENDER_CLOSED' });
  await assert.rejects(pool.stats(), { code: 'PROVENDER_CLOSED' });
  await assert.rejects(pool.list()[Symbol.asyncIterator]().next(), { code: 'PROVENDER_CLOSED' });
  assert.throws(() => connection.address(), { code: 'PROVENDER_CLOSED' });
  rados.answerAll();
  assert.equal(closed.state(), 'waiting');
  rados.answerAll();
  await Promise.all(calls);
  assert.equal((await closed.outcome).status, 'fulfilled');
  assert.deepEqual([rados.openPools, rados.openClusters], [0, 0]);
});

test('after the grace, waiting calls end as closed, reads in flight too, writes as ambiguous', async () => {
  const { rados, connection, pool } = await openRadosOnFake({ admission: two });
  rados.answersCancels = true;
  const write = watch(pool.remove('write'));
  const read = watch(pool.read('read', { into: new Uint8Array(1) }));
  const waiting = watch(pool.remove('waiting'));
  await connection.close(NO_GRACE);
  assert.equal(await codeOf(write), 'PROVENDER_AMBIGUOUS');
  assert.equal(await codeOf(read), 'PROVENDER_CLOSED');
  assert.equal(await codeOf(waiting), 'PROVENDER_CLOSED');
  assert.deepEqual(
    rados.submitted.map(({ key }) => key),
    ['write', 'read'],
  );
  assert.deepEqual([rados.openPools, rados.openClusters, rados.inFlight.size], [0, 0, 0]);
});

test('close waits for the callbacks of what it cancelled, and comes to the same end twice', async () => {
  const { rados, connection, pool } = await openRadosOnFake();
  const call = watch(pool.remove('a'));
  const closing = [
    connection.close(NO_GRACE),
    connection.close(LONG_GRACE),
    connection[Symbol.asyncDispose](),
  ];
  const closed = watch(Promise.all(closing));
  assert.equal(await codeOf(call), 'PROVENDER_AMBIGUOUS');
  assert.equal(closed.state(), 'waiting');
  assert.equal(rados.openClusters, 1);
  rados.answerAll();
  assert.equal((await closed.outcome).status, 'fulfilled');
  assert.equal(rados.openClusters, 0);
});

test('a call that timed out before is waited for as well', async () => {
  const { rados, connection, pool } = await openRadosOnFake();
  assert.equal(await codeOf(watch(pool.remove('a', { timeoutMs: 1 }))), 'PROVENDER_AMBIGUOUS');
  const closed = watch(connection.close(LONG_GRACE));
  await new Promise(setImmediate);
  assert.equal(closed.state(), 'waiting');
  rados.answerAll();
  assert.equal((await closed.outcome).status, 'fulfilled');
});

test('the end of one connection leaves another one on the same handle alone', async () => {
  const { rados, engine, connection, pool } = await openRadosOnFake({ admission: two });
  rados.answersCancels = true;
  const other = await connectThrough(engine, { configFile: '/ceph.conf', user: 'test', admission: two });
  const otherPool = await other.pool('p');
  const mine = watch(pool.remove('mine'));
  const theirs = watch(otherPool.remove('theirs'));
  const theirsWaiting = watch(otherPool.remove('theirs too'));
  await connection.close(NO_GRACE);
  assert.equal(await codeOf(mine), 'PROVENDER_AMBIGUOUS');
  assert.deepEqual(rados.keys(), ['theirs', 'theirs too']);
  rados.answerAll();
  await Promise.all([theirs.outcome, theirsWaiting.outcome]);
  assert.deepEqual([theirs.state(), theirsWaiting.state()], ['fulfilled', 'fulfilled']);
  await other.close();
});

test('a pool closes after its calls, once, without the connection', async () => {
  const { rados, connection, pool } = await openRadosOnFake();
  const other = await connection.pool('p', { namespace: 'n' });
  const call = pool.remove('a');
  const closed = Promise.all([pool.close(), pool[Symbol.asyncDispose]()]);
  await assert.rejects(pool.remove('late'), { code: 'PROVENDER_CLOSED' });
  assert.equal(rados.openPools, 2);
  rados.answerAll();
  await Promise.all([closed, call]);
  assert.equal(rados.openPools, 1);
  const alive = other.remove('b');
  rados.answerAll();
  await alive;
  await connection.close();
  assert.equal(rados.openPools, 0);
});

test('rare calls that hang do not hold a close, and what they bring late is given back', async () => {
  const { rados, connection, pool } = await openRadosOnFake();
  const gate = deferred();
  rados.gate = gate.promise;
  const asked = [connection.pool('q'), connection.usage(), pool.stats(), connection.waitForLatestMap()];
  const rare = asked.map((call) => watch<unknown>(call));
  await connection.close(NO_GRACE);
  for (const call of rare) assert.equal(await codeOf(call), 'PROVENDER_CLOSED');
  assert.equal(rados.openPools, 0);
  gate.resolve();
  await until('the late pool was opened and closed', () => rados.opened.pools === 2 && rados.openPools === 0);
});

test('a pool that opens within the grace of a close is not given out', async () => {
  const { rados, connection } = await openRadosOnFake();
  const gate = deferred();
  rados.gate = gate.promise;
  const late = watch(connection.pool('late'));
  const closed = connection.close(LONG_GRACE);
  gate.resolve();
  assert.equal(await codeOf(late), 'PROVENDER_CLOSED');
  await closed;
  assert.deepEqual([rados.openPools, rados.openClusters], [0, 0]);
});

test('a connect that is aborted rejects at once, and closes what comes late', async () => {
  const { rados, engine } = await openRadosOnFake();
  const gate = deferred();
  rados.gate = gate.promise;
  const abort = new AbortController();
  const call = watch(connectThrough(engine, { configFile: '/c', user: 'u', signal: abort.signal }));
  abort.abort();
  assert.equal(await codeOf(call), 'PROVENDER_CANCELLED');
  gate.resolve();
  await until(
    'the late handle is opened and closed',
    () => rados.opened.clusters === 2 && rados.openClusters === 1,
  );
  const settings = { configFile: '/c', user: 'u', signal: abort.signal };
  const before = rados.connects.length;
  await assert.rejects(connectThrough(engine, settings), { code: 'PROVENDER_CANCELLED' });
  assert.equal(rados.connects.length, before, 'a signal that has aborted asks nobody');
});
