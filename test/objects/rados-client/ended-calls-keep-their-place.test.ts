import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import type { RadosCallOptions, RadosPool } from '../../../src/objects/rados/client/rados-pool.ts';
import { codeOf, openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

const one = { maxInFlight: 1, maxInFlightBytes: 1_000_000, maxQueued: 10 };
const bytes = new Uint8Array(100);

/** Each kind of call that changes something, on the key `k`. */
const WRITES: Readonly<Record<string, (pool: RadosPool, o: RadosCallOptions) => Promise<unknown>>> = {
  write: (pool, o) => pool.write('k', 0, bytes, o),
  writeFull: (pool, o) => pool.writeFull('k', bytes, o),
  append: (pool, o) => pool.append('k', bytes, o),
  truncate: (pool, o) => pool.truncate('k', 1, o),
  remove: (pool, o) => pool.remove('k', o),
  change: (pool, o) => pool.change('k', [{ do: 'remove' }], o),
  writeMany: (pool, o) => pool.writeMany([{ key: 'k', bytes }], o),
};

/** Each kind of call that only looks. */
const READS: typeof WRITES = {
  read: (pool, o) => pool.read('k', { into: new Uint8Array(10), ...o }),
  stat: (pool, o) => pool.stat('k', o),
  look: (pool, o) => pool.look('k', [{ do: 'stat' }], o),
  getXattrs: (pool, o) => pool.getXattrs('k', o),
  readMany: (pool, o) =>
    pool.readMany(['k'], { into: new Uint8Array(new SharedArrayBuffer(9)), stride: 9, ...o }),
};

for (const [verb, call] of Object.entries({ ...WRITES, ...READS })) {
  test(`${verb}: aborted while it waits, it is cancelled and never submitted`, async () => {
    const { rados, connection, pool } = await openRadosOnFake({ admission: one });
    const before = pool.remove('before');
    const abort = new AbortController();
    const waiting = watch(call(pool, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    assert.equal(await codeOf(waiting), 'PROVENDER_CANCELLED');
    rados.answerAll();
    await before;
    assert.deepEqual(
      rados.submitted.map(({ key }) => key),
      ['before'],
    );
    assert.deepEqual(connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
  });

  test(`${verb}: timed out while it waits, it is PROVENDER_TIMEOUT and never submitted`, async () => {
    const { rados, pool } = await openRadosOnFake({ admission: one });
    const before = pool.remove('before');
    assert.equal(await codeOf(watch(call(pool, { timeoutMs: 1 }))), 'PROVENDER_TIMEOUT');
    rados.answerAll();
    await before;
    assert.deepEqual(
      rados.submitted.map(({ key }) => key),
      ['before'],
    );
  });

  const isWrite = verb in WRITES;
  test(`${verb}: aborted in flight, it rejects at once; place and memory stay until the callback`, async () => {
    const { rados, connection, pool } = await openRadosOnFake({ admission: one });
    const abort = new AbortController();
    const running = watch(call(pool, { signal: abort.signal }));
    const next = pool.remove('next');
    const { inFlightBytes } = connection.load();
    abort.abort();
    assert.equal(await codeOf(running), isWrite ? 'PROVENDER_AMBIGUOUS' : 'PROVENDER_CANCELLED');
    assert.equal(rados.inFlight.get(rados.idOf('k'))?.isCancelled, true);
    assert.deepEqual(connection.load(), { inFlight: 1, inFlightBytes, queued: 1 });
    rados.answer({ id: rados.idOf('k'), rc: -125 });
    assert.deepEqual(rados.keys(), ['next']);
    rados.answerAll();
    await next;
  });

  test(`${verb}: timed out in flight, it rejects as what it is; a late answer changes nothing`, async () => {
    const { rados, connection, pool } = await openRadosOnFake({ admission: one });
    const running = watch(call(pool, { timeoutMs: 1 }));
    assert.equal(await codeOf(running), isWrite ? 'PROVENDER_AMBIGUOUS' : 'PROVENDER_TIMEOUT');
    assert.equal(connection.load().inFlight, 1);
    rados.answer({ id: rados.idOf('k'), rc: 0, extra: { lengths: [] } });
    assert.deepEqual(connection.load(), { inFlight: 0, inFlightBytes: 0, queued: 0 });
  });

  test(`${verb}: an op time-out of librados is ${isWrite ? 'ambiguous' : 'a time-out'}`, async () => {
    const { rados, pool } = await openRadosOnFake({ admission: one });
    const running = watch(call(pool, {}));
    rados.answerAll(-110);
    assert.equal(await codeOf(running), isWrite ? 'PROVENDER_AMBIGUOUS' : 'PROVENDER_TIMEOUT');
  });

  test(`${verb}: a signal that has aborted before means that nothing is asked`, async () => {
    const { rados, pool } = await openRadosOnFake();
    const reason = new Error('before');
    await assert.rejects(call(pool, { signal: AbortSignal.abort(reason) }), (error) => {
      assert.ok(isProvenderError(error, 'PROVENDER_CANCELLED'));
      return error.cause === reason;
    });
    assert.equal(rados.submitted.length, 0);
  });
}

test('who waits longer than the op time-out leaves the queue, the oldest first', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { rados, connection, pool } = await openRadosOnFake({ admission: one, opTimeoutMs: 1000 });
  t.mock.method(performance, 'now', () => clock);
  let clock = 0;
  const running = watch(pool.remove('running'));
  const first = watch(pool.remove('first'));
  clock = 600;
  const second = watch(pool.remove('second'));
  clock = 1000;
  t.mock.timers.tick(1000);
  assert.equal(await codeOf(first), 'PROVENDER_TIMEOUT');
  assert.deepEqual(connection.load(), { inFlight: 1, inFlightBytes: 0, queued: 1 });
  clock = 1600;
  t.mock.timers.tick(600);
  assert.equal(await codeOf(second), 'PROVENDER_TIMEOUT');
  rados.answerAll();
  assert.equal((await running.outcome).status, 'fulfilled');
  assert.equal(rados.submitted.length, 1);
});

test('one signal ends all that wait for it, and is left without a listener', async () => {
  const { rados, pool } = await openRadosOnFake();
  const abort = new AbortController();
  const added = (): number => getEventListeners(abort.signal, 'abort').length;
  const { signal } = abort;
  const done = Array.from({ length: 50 }, (_, i) => pool.remove(`done${i}`, { signal }));
  rados.answerAll();
  await Promise.all(done);
  assert.equal(added(), 0);
  const ended = Array.from({ length: 50 }, (_, i) => watch(pool.remove(`k${i}`, { signal })));
  assert.equal(added(), 1, 'one listener, however many calls');
  abort.abort();
  for (const call of ended) assert.equal(await codeOf(call), 'PROVENDER_AMBIGUOUS');
  assert.equal(added(), 0);
  rados.answerAll();
});
