import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutWindows } from '../../../src/objects/rados/client/batch-windows.ts';
import { codeOf, openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

const items = (count: number, length = 1): { key: string; bytes: Uint8Array }[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, bytes: new Uint8Array(length) }));

test('windows cover a batch in order, within count and bytes, and are as long as they may be', () => {
  const sizes = fc.array(fc.nat(2000), { maxLength: 2000 });
  const bounds = fc.record({
    maxInFlight: fc.integer({ min: 1, max: 400 }),
    maxInFlightBytes: fc.integer({ min: 1, max: 50_000 }),
  });
  fc.assert(
    fc.property(sizes, bounds, (lengths, limits) => {
      const windows = cutWindows(lengths.length, { ...limits, maxQueued: 1 }, (at) => lengths[at] ?? 0);
      const sum = (first: number, end: number): number =>
        lengths.slice(first, end).reduce((total, length) => total + length, 0);
      let next = 0;
      for (const { first, end } of windows) {
        assert.equal(first, next);
        assert.ok(end > first && end - first <= Math.min(256, limits.maxInFlight));
        assert.ok(end - first === 1 || sum(first, end) <= limits.maxInFlightBytes);
        const isFull = end - first === Math.min(256, limits.maxInFlight);
        assert.ok(isFull || end === lengths.length || sum(first, end + 1) > limits.maxInFlightBytes);
        next = end;
      }
      assert.equal(next, lengths.length);
    }),
  );
});

test('two windows of a long batch are in flight at a time, and results keep their places', async () => {
  const { rados, pool } = await openRadosOnFake();
  const batch = watch(pool.writeMany(items(600)));
  assert.deepEqual(
    [...rados.inFlight.values()].map(({ count }) => count),
    [256, 256],
  );
  const finish = (key: string, code: number): void => {
    const id = rados.idOf(key);
    rados.inFlight.get(id)?.results?.fill(code);
    rados.answer({ id, rc: 0 });
  };
  finish('k256', -2);
  await new Promise(setImmediate);
  assert.deepEqual(rados.keys(), ['k0', 'k512']);
  finish('k512', -28);
  finish('k0', 0);
  const settled = await batch.outcome;
  assert.equal(settled.status, 'fulfilled');
  const codes = [...settled.value];
  assert.deepEqual(codes, [
    ...Array<number>(256).fill(0),
    ...Array<number>(256).fill(-2),
    ...Array<number>(88).fill(-28),
  ]);
});

test('a batch of nothing asks nothing', async () => {
  const { rados, pool } = await openRadosOnFake();
  assert.equal((await pool.writeMany([])).length, 0);
  const into = new Uint8Array(new SharedArrayBuffer(0));
  assert.equal((await pool.readMany([], { into, stride: 4096 })).length, 0);
  assert.equal(rados.submitted.length, 0);
});

test('a write batch that stops on its way is ambiguous; a read batch is what stopped it', async () => {
  const { rados, pool } = await openRadosOnFake();
  const abort = new AbortController();
  const { signal } = abort;
  const write = watch(pool.writeMany(items(1000), { signal }));
  const into = new Uint8Array(new SharedArrayBuffer(1000));
  rados.answer({ id: rados.idOf('k0'), rc: 0 });
  await new Promise(setImmediate);
  const read = watch(
    pool.readMany(
      items(1000).map(({ key }) => key),
      { into, stride: 1, signal },
    ),
  );
  abort.abort();
  assert.equal(await codeOf(write), 'PROVENDER_AMBIGUOUS');
  assert.equal(await codeOf(read), 'PROVENDER_CANCELLED');
  const { length } = rados.submitted;
  rados.answerAll();
  await new Promise(setImmediate);
  assert.equal(rados.submitted.length, length, 'no window begins after the first failure');
});

test('a write batch of which nothing was submitted is not ambiguous', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: { maxInFlight: 1, maxQueued: 1 } });
  const calls = [pool.remove('a'), pool.remove('b')];
  assert.equal(await codeOf(watch(pool.writeMany(items(5)))), 'PROVENDER_BUSY');
  rados.answerAll();
  rados.answerAll();
  await Promise.all(calls);
});
