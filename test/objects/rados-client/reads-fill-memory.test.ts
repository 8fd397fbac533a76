import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlabPool } from '../../../src/objects/rados/client/slab-pool.ts';
import type { FakeRados } from '../../support/fake-rados.ts';
import { codeOf, openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

/** Memory that the addon was given for the read of a key. */
function memoryOf(rados: FakeRados, key: string): Uint8Array {
  const bytes = rados.inFlight.get(rados.idOf(key))?.bytes;
  assert.ok(bytes);
  return bytes;
}

test('the addon only sees shared memory, as long as what is asked for', async () => {
  const { rados, pool } = await openRadosOnFake();
  const calls = [1, 4095, 4096, 4097, 1 << 22, (1 << 22) + 1].map((length) => {
    const call = pool.read(`k${length}`, { into: new Uint8Array(length) });
    const memory = memoryOf(rados, `k${length}`);
    assert.ok(memory.buffer instanceof SharedArrayBuffer);
    assert.equal(memory.length, length);
    return call;
  });
  rados.answerAll();
  await Promise.all(calls);
});

test('ordinary memory gets the bytes that were read and no others; the rest stays', async () => {
  const { rados, pool } = await openRadosOnFake();
  const into = new Uint8Array(10).fill(1);
  const read = pool.read('k', { into: into.subarray(2), length: 6 });
  memoryOf(rados, 'k').fill(9);
  rados.answer({ id: rados.idOf('k'), rc: 3 });
  assert.equal(await read, 3);
  assert.deepEqual([...into], [1, 1, 9, 9, 9, 1, 1, 1, 1, 1]);
});

test('shared memory is filled in place', async () => {
  const { rados, pool } = await openRadosOnFake();
  const into = new Uint8Array(new SharedArrayBuffer(100), 10, 50);
  const read = pool.read('k', { into });
  const memory = memoryOf(rados, 'k');
  assert.equal(memory.buffer, into.buffer);
  assert.equal(memory.byteOffset, 10);
  rados.answerAll(50);
  assert.equal(await read, 50);
});

test('the extents of a look lie one behind the other, short ones with a gap', async () => {
  const { rados, pool } = await openRadosOnFake();
  const into = new Uint8Array(8).fill(1);
  const steps = [
    { do: 'read', offset: 0, length: 3 },
    { do: 'stat' },
    { do: 'read', offset: 9, length: 4 },
  ] as const;
  const look = pool.look('k', steps, { into });
  memoryOf(rados, 'k').fill(9);
  rados.answer({ id: rados.idOf('k'), rc: 0, extra: [undefined, 2, 1, 2, 3] });
  assert.deepEqual((await look).lengths, [2, 3]);
  assert.deepEqual([...into], [9, 9, 1, 9, 9, 9, 1, 1]);
});

test('a destination that was transferred away is an error, not a crash', async () => {
  const { rados, pool } = await openRadosOnFake();
  const buffer = new ArrayBuffer(8);
  const read = watch(pool.read('k', { into: new Uint8Array(buffer) }));
  const moved = structuredClone(buffer, { transfer: [buffer] });
  memoryOf(rados, 'k').fill(9);
  rados.answerAll(8);
  assert.equal(await codeOf(read), 'PROVENDER_INVALID');
  assert.deepEqual([...new Uint8Array(moved)], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test('a slot is not given again before the callback of a read that timed out', async () => {
  const { rados, pool } = await openRadosOnFake();
  const into = new Uint8Array(4096).fill(1);
  assert.equal(await codeOf(watch(pool.read('gone', { into, timeoutMs: 1 }))), 'PROVENDER_TIMEOUT');
  const late = memoryOf(rados, 'gone');
  const others = Array.from({ length: 200 }, (_, i) => pool.read(`k${i}`, { into: new Uint8Array(4096) }));
  for (let i = 0; i < 200; i++) {
    const memory = memoryOf(rados, `k${i}`);
    assert.ok(memory.buffer !== late.buffer || memory.byteOffset !== late.byteOffset);
  }
  late.fill(9);
  rados.answerAll(4096);
  await Promise.all(others);
  assert.deepEqual(into, new Uint8Array(4096).fill(1), 'late bytes reach nobody');
});

test('slots are used again, and a class keeps no more than its bound', () => {
  const slabs = new SlabPool();
  for (const size of [4096, 65_536, 1 << 22]) {
    const taken = Array.from({ length: 40 }, () => slabs.take(size));
    assert.equal(new Set(taken.map(({ bytes }) => bytes)).size, 40);
    for (const slot of taken) slot.free();
    const again = slabs.take(size - 1);
    assert.ok(taken.includes(again));
    again.free();
  }
  const large = Array.from({ length: 40 }, () => slabs.take(1 << 22));
  for (const slot of large) slot.free();
  const kept = Array.from({ length: 40 }, () => slabs.take(1 << 22)).filter((slot) => large.includes(slot));
  assert.equal(kept.length, 2);
  const huge = slabs.take((1 << 22) + 1);
  huge.free();
  assert.notEqual(slabs.take((1 << 22) + 1), huge);
});
