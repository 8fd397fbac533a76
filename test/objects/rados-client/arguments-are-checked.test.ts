import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadStep, WriteStep } from '../../../src/objects/rados/client/operations.ts';
import { openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

const INVALID = { code: 'PROVENDER_INVALID' };
const bytes = new Uint8Array(4);
const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

/** What callers without types may pass. */
function untyped<T>(value: unknown): T {
  return value as T;
}

test('a key has 1 to 2048 bytes of UTF-8', async () => {
  const { rados, pool } = await openRadosOnFake();
  const good = ['a', 'a'.repeat(2048), 'é'.repeat(1024), '€'.repeat(682), '😀'.repeat(512), 'c/0123'];
  const calls = good.map((key) => pool.remove(key));
  assert.deepEqual(rados.keys(), good);
  for (const key of good) assert.ok(Buffer.byteLength(key) <= 2048);
  rados.answerAll();
  await Promise.all(calls);
  const bad = [
    '',
    'a'.repeat(2049),
    'é'.repeat(1025),
    '€'.repeat(683),
    '😀'.repeat(513),
    'a\0b',
    '\0',
    'half \ud800',
    '\udc00 half',
    '\ud800\ud800',
    untyped<string>(7),
    untyped<string>(undefined),
    untyped<string>(Buffer.from('k')),
  ];
  for (const key of bad) {
    await assert.rejects(pool.remove(key), INVALID);
    await assert.rejects(pool.read(key, { into: bytes }), INVALID);
    await assert.rejects(pool.readMany(['ok', key], { into: shared(8), stride: 4 }), INVALID);
    await assert.rejects(pool.writeMany([{ key, bytes }]), INVALID);
    await assert.rejects(pool.change(key, [{ do: 'remove' }]), INVALID);
    await assert.rejects(pool.look(key, [{ do: 'stat' }]), INVALID);
  }
  assert.equal(rados.submitted.length, good.length);
});

test('offsets, lengths and destinations must fit each other', async () => {
  const { rados, pool } = await openRadosOnFake();
  const bad: (() => Promise<unknown>)[] = [
    () => pool.read('k', { into: bytes, offset: -1 }),
    () => pool.read('k', { into: bytes, offset: 1.5 }),
    () => pool.read('k', { into: bytes, offset: 2 ** 53 }),
    () => pool.read('k', { into: bytes, offset: Number.NaN }),
    () => pool.read('k', { into: bytes, length: 5 }),
    () => pool.read('k', { into: bytes, length: -1 }),
    () => pool.read('k', { into: untyped(new ArrayBuffer(4)) }),
    () => pool.read('k', { into: untyped('text') }),
    () => pool.write('k', -1, bytes),
    () => pool.write('k', 0, untyped('text')),
    () => pool.writeFull('k', untyped([1, 2])),
    () => pool.append('k', untyped(undefined)),
    () => pool.truncate('k', -1),
    () => pool.truncate('k', untyped('1')),
    () => pool.readMany(['a', 'b'], { into: shared(7), stride: 4 }),
    () => pool.readMany(['a'], { into: bytes, stride: 4 }),
    () => pool.readMany(['a'], { into: shared(4), stride: 0 }),
    () => pool.writeMany([{ key: 'k', bytes: untyped('text') }]),
    () => pool.look('k', [{ do: 'read', offset: 0, length: 5 }], { into: bytes }),
    () => pool.look('k', [{ do: 'read', offset: 0, length: 4 }]),
    () => pool.list({ slice: 1, slices: 1 })[Symbol.asyncIterator]().next(),
    () => pool.list({ slice: -1, slices: 4 })[Symbol.asyncIterator]().next(),
    () => pool.list({ slices: 0 })[Symbol.asyncIterator]().next(),
    () => pool.omapEntries('k', { after: 'a\0' })[Symbol.asyncIterator]().next(),
    () => pool.remove('k', { timeoutMs: 0 }),
    () => pool.remove('k', { timeoutMs: -1 }),
    () => pool.remove('k', { timeoutMs: Number.NaN }),
    () => pool.remove('k', { timeoutMs: 2 ** 31 }),
  ];
  for (const call of bad) await assert.rejects(call(), INVALID, call.toString());
  assert.equal(rados.submitted.length, 0);
});

test('steps are checked like the calls that they stand for', async () => {
  const { rados, pool } = await openRadosOnFake();
  const writes: WriteStep[] = [
    { do: 'write', offset: -1, bytes },
    { do: 'write', offset: 0, bytes: untyped('text') },
    { do: 'writeFull', bytes: untyped(null) },
    { do: 'setXattr', name: '', value: bytes },
    { do: 'setXattr', name: 'n'.repeat(101), value: bytes },
    { do: 'cmpXattr', name: 'a\0', value: bytes },
    { do: 'cmpXattr', name: 'a', value: untyped('text') },
    { do: 'omapSet', rows: [['', bytes]] },
    { do: 'omapSet', rows: [['k', untyped('text')]] },
    { do: 'omapRemove', keys: ['a', 'b\0'] },
    { do: 'omapCmp', key: '', value: bytes },
  ];
  for (const step of writes) await assert.rejects(pool.change('k', [step]), INVALID, step.do);
  const reads: ReadStep[] = [
    { do: 'read', offset: -1, length: 1 },
    { do: 'read', offset: 0, length: 1.5 },
    { do: 'omapKeys', keys: [''] },
    { do: 'omapRange', after: '\0', prefix: '', limit: 1 },
    { do: 'omapRange', after: '', prefix: '\0', limit: 1 },
    { do: 'omapRange', after: '', prefix: '', limit: 0 },
    { do: 'omapRange', after: '', prefix: '', limit: 1025 },
  ];
  for (const step of reads) await assert.rejects(pool.look('k', [step], { into: bytes }), INVALID, step.do);
  await assert.rejects(pool.change('k', []), INVALID);
  await assert.rejects(pool.look('k', []), INVALID);
  const tooMany = 2 ** 16;
  await assert.rejects(pool.change('k', Array(tooMany).fill({ do: 'remove' })), INVALID);
  await assert.rejects(pool.look('k', Array(tooMany).fill({ do: 'stat' })), INVALID);
  assert.equal(rados.submitted.length, 0);
});

test('steps reach the addon flat, with their fields in order', async () => {
  const { rados, pool } = await openRadosOnFake();
  const value = new Uint8Array([1]);
  const done = pool.change('k', [
    { do: 'create', exclusive: true },
    { do: 'assertExists' },
    { do: 'writeFull', bytes },
    { do: 'write', offset: 7, bytes },
    { do: 'setXattr', name: 'x', value },
    { do: 'cmpXattr', name: 'y', value },
    {
      do: 'omapSet',
      rows: [
        ['a', value],
        ['b', value],
      ],
    },
    { do: 'omapRemove', keys: ['c', 'd'] },
    { do: 'omapCmp', key: 'e', value },
    { do: 'remove' },
  ]);
  assert.deepEqual(rados.submitted[0]?.steps, [
    [0, true],
    [1],
    [2, bytes],
    [3, 7, bytes],
    [5, 'x', value],
    [6, 'y', value],
    [7, 'a', value, 'b', value],
    [8, 'c', 'd'],
    [9, 'e', value],
    [4],
  ]);
  rados.answerAll();
  await done;
  const looked = pool.look(
    'k',
    [
      { do: 'read', offset: 1, length: 2 },
      { do: 'xattrs' },
      { do: 'stat' },
      { do: 'omapKeys', keys: ['a', 'b'] },
      { do: 'omapRange', after: 'a', prefix: 'p', limit: 9 },
    ],
    { into: bytes },
  );
  assert.deepEqual(rados.submitted[1]?.steps, [[20, 1, 2], [21], [22], [23, 'a', 'b'], [24, 'a', 'p', 9]]);
  const values = Buffer.concat([value, value]);
  const extra = [values, 2, 1, 'x', value.length, 5, 6, 1, 'a', value.length, 0, 1];
  rados.answer({ id: rados.idOf('k'), rc: 0, extra });
  assert.deepEqual(await looked, {
    lengths: [2],
    xattrs: new Map([['x', value]]),
    stat: { size: 5, mtimeMs: 6 },
    omap: new Map([['a', value]]),
    more: true,
  });
});

test('bytes that were transferred away while a write waited are not written as an empty object', async () => {
  const { rados, pool } = await openRadosOnFake({ admission: { maxInFlight: 1 } });
  const before = pool.remove('before');
  const buffer = new ArrayBuffer(8);
  const data = new Uint8Array(buffer);
  const calls = [
    pool.writeFull('a', data),
    pool.change('b', [{ do: 'setXattr', name: 'x', value: data }]),
    pool.writeMany([{ key: 'c', bytes: data }]),
  ].map((call) => watch<unknown>(call));
  structuredClone(buffer, { transfer: [buffer] });
  rados.answerAll();
  await before;
  for (const { outcome } of calls) {
    const settled = await outcome;
    assert.equal(settled.status, 'rejected');
    assert.match(String(settled.reason), /0 where the call gave 8/);
  }
  assert.deepEqual(
    rados.submitted.map(({ key }) => key),
    ['before'],
  );
});
