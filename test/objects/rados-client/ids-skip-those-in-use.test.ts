import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextId } from '../../../src/objects/rados/client/next-id.ts';
import { openRadosOnFake } from '../../support/rados-on-fake.ts';

const LAST_ID = 2 ** 32 - 1;

test('ids go through all of u32 and wrap around', async () => {
  const { rados, pool } = await openRadosOnFake({}, LAST_ID - 2);
  const calls = ['a', 'b', 'c', 'd'].map((key) => pool.remove(key));
  assert.deepEqual([...rados.inFlight.keys()], [LAST_ID - 1, LAST_ID, 0, 1]);
  rados.answerAll();
  await Promise.all(calls);
});

test('an id that is in use is skipped, also behind the wrap', () => {
  const inUse = new Map([LAST_ID, 0, 1, 3].map((id) => [id, 'an operation']));
  assert.equal(nextId(LAST_ID - 1, inUse), 2);
  assert.equal(nextId(2, inUse), 4);
  assert.equal(nextId(LAST_ID, new Map()), 0);
});

test('answers reach their callers in any order, with what belongs to them', async () => {
  const { rados, pool } = await openRadosOnFake();
  const stats = Array.from({ length: 5 }, (_, i) => pool.stat(`k${i}`));
  const removal = pool.remove('gone');
  const order = [3, 0, 4, 1, 2];
  rados.answer(...order.map((i) => ({ id: rados.idOf(`k${i}`), rc: 0, extra: [i, 1000 + i] })), {
    id: rados.idOf('gone'),
    rc: 0,
  });
  const expected = stats.map((_, i) => ({ size: i, mtimeMs: 1000 + i }));
  assert.deepEqual(await Promise.all(stats), expected);
  await removal;
});

test('an answer to an id that is not in flight is a fault of the addon, and is thrown', async () => {
  const { rados } = await openRadosOnFake();
  rados.inFlight.set(7, {
    verb: 'read',
    key: 'k',
    count: 1,
    bytes: undefined,
    steps: undefined,
    results: undefined,
    isCancelled: false,
  });
  assert.throws(() => rados.answer({ id: 7, rc: 0 }), { code: 'PROVENDER_INTERNAL' });
});
