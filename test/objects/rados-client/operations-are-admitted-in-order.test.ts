import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { connectThrough } from '../../../src/objects/rados/client/rados-cluster.ts';
import { codeOf, openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

const limits = { maxInFlight: 3, maxInFlightBytes: 10_000, maxQueued: 4 };
const bytes = (length: number): Uint8Array => new Uint8Array(length);

test('operations above the limit wait, and begin in the order of their calls', async () => {
  const { rados, connection, pool } = await openRadosOnFake({ admission: limits });
  const calls = Array.from({ length: 6 }, (_, i) => pool.writeFull(`k${i}`, bytes(1)));
  assert.deepEqual(rados.keys(), ['k0', 'k1', 'k2']);
  assert.deepEqual(connection.load(), { inFlight: 3, inFlightBytes: 3, queued: 3 });
  rados.answer({ id: rados.idOf('k1'), rc: 0 });
  assert.deepEqual(rados.keys(), ['k0', 'k2', 'k3']);
  rados.answerAll();
  assert.deepEqual(rados.keys(), ['k4', 'k5']);
  rados.answerAll();
  await Promise.all(calls);
  assert.deepEqual(connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
});

test('bytes are bounded as well: reads count what they ask for', async () => {
  const { rados, connection, pool } = await openRadosOnFake({ admission: limits });
  const calls = [
    pool.read('a', { into: bytes(6000) }),
    pool.writeFull('b', bytes(4000)),
    pool.remove('c'),
    pool.read('d', { into: bytes(1) }),
  ];
  assert.deepEqual(rados.keys(), ['a', 'b', 'c']);
  assert.equal(connection.load().inFlightBytes, 10_000);
  rados.answer({ id: rados.idOf('c'), rc: 0 });
  assert.deepEqual(rados.keys(), ['a', 'b'], 'd has a place but no bytes');
  rados.answer({ id: rados.idOf('b'), rc: 0 });
  assert.deepEqual(rados.keys(), ['a', 'd']);
  rados.answerAll();
  await Promise.all(calls);
});

test('an operation that is larger than the limit runs alone, and nothing overtakes it', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: limits });
  const calls = [
    pool.writeFull('small', bytes(10)),
    pool.writeFull('large', bytes(20_000)),
    pool.writeFull('after', bytes(10)),
  ];
  assert.deepEqual(rados.keys(), ['small']);
  rados.answerAll();
  assert.deepEqual(rados.keys(), ['large']);
  rados.answerAll();
  assert.deepEqual(rados.keys(), ['after']);
  rados.answerAll();
  await Promise.all(calls);
});

test('a full queue is PROVENDER_BUSY, with what there is and when to come back', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: limits });
  const calls = Array.from({ length: 7 }, (_, i) => pool.writeFull(`k${i}`, bytes(1)));
  await assert.rejects(pool.writeFull('surplus', bytes(1)), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_BUSY'));
    assert.equal(error.details['queued'], 4);
    assert.equal(error.details['retryAfterMs'], 100);
    return error.retryable;
  });
  while (rados.inFlight.size > 0) rados.answerAll();
  await Promise.all(calls);
  assert.ok(!rados.submitted.some(({ key }) => key === 'surplus'));
});

test('an operation leaving the queue lets those behind it in', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: limits });
  const abort = new AbortController();
  const small = pool.writeFull('small', bytes(10));
  const large = watch(pool.writeFull('large', bytes(9999), { signal: abort.signal }));
  const after = pool.writeFull('after', bytes(10));
  assert.deepEqual(rados.keys(), ['small']);
  abort.abort();
  assert.deepEqual(rados.keys(), ['small', 'after']);
  assert.equal(await codeOf(large), 'PROVENDER_CANCELLED');
  rados.answerAll();
  await Promise.all([small, after]);
});

test('a flush takes its turn behind the writes that wait', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: { ...limits, maxInFlight: 1 } });
  const calls = [pool.writeFull('a', bytes(1)), pool.writeFull('b', bytes(1)), pool.flush()];
  const verbs = (): string[] => [...rados.inFlight.values()].map(({ verb }) => verb);
  assert.deepEqual(verbs(), ['writeFull']);
  rados.answerAll();
  assert.deepEqual(verbs(), ['writeFull', 'flush']);
  rados.answerAll();
  await Promise.all(calls);
});

test('connections of equal settings share one admission, others do not', async () => {
  const first = await openRadosOnFake({ admission: limits });
  const options = { configFile: '/ceph.conf', user: 'client.test', admission: limits };
  const second = await connectThrough(first.engine, options);
  const other = await connectThrough(first.engine, { ...options, instance: 'other' });
  const [one, two, three] = first.rados.connects.map(({ digest }) => digest);
  assert.equal(one, two);
  assert.notEqual(one, three);
  const calls = [
    ...Array.from({ length: 2 }, (_, i) => first.pool.writeFull(`k${i}`, bytes(1))),
    (await second.pool('q')).writeFull('k2', bytes(1)),
  ];
  const waits = first.pool.writeFull('k3', bytes(1));
  assert.deepEqual(second.load(), { inFlight: 3, inFlightBytes: 3, queued: 1 });
  assert.deepEqual(other.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
  first.rados.answerAll();
  first.rados.answerAll();
  await Promise.all([...calls, waits]);
});

test('an operation that the addon does not take frees its place', async () => {
  const { rados, connection, pool } = await openRadosOnFake({ admission: { ...limits, maxInFlight: 1 } });
  rados.refusal = new TypeError('no');
  await assert.rejects(pool.writeFull('a', bytes(5)), TypeError);
  assert.deepEqual(connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
  const next = [
    pool.writeFull('b', bytes(5)),
    watch(pool.writeFull('c', bytes(5))),
    pool.writeFull('d', bytes(5)),
  ];
  rados.refusal = new TypeError('no');
  rados.answerAll();
  assert.deepEqual(rados.keys(), ['d'], 'c failed, d has its place');
  rados.answerAll();
  await Promise.all([next[0], next[2]]);
  await connection.close();
});
