import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NativePool } from '../../src/objects/rados/client/native-binding.ts';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { openRaw, rawInFlight, rawRados, runRaw, sharedBytes } from '../support/rados-raw.ts';

const ceph = useCeph();
const SHARED = sharedBytes(64);
const RESULTS = new Int32Array(new SharedArrayBuffer(8));
const BYTES = new Uint8Array(8);

/** Calls that the client never makes; the addon must not read or write outside of what it is given all the same. */
const HOSTILE: Record<string, readonly (readonly unknown[])[]> = {
  read: [
    [],
    [1],
    ['1', 'k', 0, SHARED],
    [1, 5, 0, SHARED],
    [1, 'a\0b', 0, SHARED],
    [1, 'k'.repeat(2049), 0, SHARED],
    [1, 'é'.repeat(1025), 0, SHARED],
    [1, 'k', -1, SHARED],
    [1, 'k', 2 ** 53, SHARED],
    [1, 'k', Number.POSITIVE_INFINITY, 'x'],
    [1, 'k', 0, BYTES],
    [1, 'k', 0, new Uint16Array(new SharedArrayBuffer(8))],
    [1, 'k', 0, new SharedArrayBuffer(8)],
    [1, 'k', 0, new DataView(new SharedArrayBuffer(8))],
    [1, 'k', 0, { length: 8 }],
  ],
  stat: [[1], [1, null]],
  write: [
    [1, 'k', 0],
    [1, 'k', -1, BYTES],
    [1, 'k', 0, [1, 2]],
  ],
  writeFull: [
    [1, 'k'],
    [1, 'k', 'text'],
    [1, 'k', new Float64Array(1)],
  ],
  append: [[1, 'k', undefined]],
  truncate: [
    [1, 'k', -1],
    [1, 'k'],
  ],
  remove: [[1], [1, {}]],
  readMany: [
    [1, 'k', SHARED, 8, RESULTS],
    [1, ['k', 5], SHARED, 8, RESULTS],
    [1, ['k', 'a\0b'], SHARED, 8, RESULTS],
    [1, ['k', 'l'], SHARED, 33, RESULTS],
    [1, ['k'], SHARED, 0, RESULTS],
    [1, ['k', 'l', 'm'], SHARED, 8, RESULTS],
    [1, ['k'], BYTES, 8, RESULTS],
    [1, ['k'], SHARED, 8, new Int32Array(4)],
    [1, ['k'], SHARED, 8, SHARED],
  ],
  writeMany: [
    [1, ['k', 'l'], [BYTES], RESULTS],
    [1, ['k'], ['text'], RESULTS],
    [1, ['k', 'l', 'm'], [BYTES, BYTES, BYTES], RESULTS],
  ],
  change: [
    [1, 'k'],
    [1, 'k', [[99]]],
    [1, 'k', [[]]],
    [1, 'k', [5]],
    [1, 'k', [[2, 'text']]],
    [1, 'k', [[7, 'row']]],
    [1, 'k', [[20, 0, 1]]],
  ], // prettier-ignore
  look: [
    [1, 'k', [[20, 0, 65]], SHARED],
    [
      1,
      'k',
      [
        [20, 0, 33],
        [20, 0, 32],
      ],
      SHARED,
    ],
    [1, 'k', [[20, 0, 1]], undefined],
    [
      1,
      'k',
      [
        [20, 0, 2 ** 53 - 1],
        [20, 0, 2 ** 53 - 1],
      ],
      SHARED,
    ],
    [1, 'k', Array.from({ length: 2 ** 16 }, () => [21]), undefined],
    [1, 'k', new Array(2 ** 32 - 1), undefined],
    [1, 'k', [[2, BYTES]], SHARED],
    [1, 'k', [[24, 'after']], undefined],
  ],
  listPage: [
    [1, 1, undefined, 10],
    [0, 1, undefined, 0],
    [0, 1, 5, 10],
    [0, 0, undefined, 10],
  ],
  cancel: [[], ['1']],
};

test('wrong types and sizes are type errors, and begin nothing', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'hostile');
  for (const [method, calls] of Object.entries(HOSTILE)) {
    for (const [i, args] of calls.entries()) {
      const call = (): unknown => Reflect.apply(Reflect.get(pool, method), pool, args);
      assert.throws(call, TypeError, `${method} ${i}`);
    }
  }
  assert.equal(rawInFlight(), 0);
  await native.close();
});

test('methods on a stranger, and objects that nobody connected, are errors', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'hostile');
  assert.throws(() => Reflect.apply(Reflect.get(pool, 'read'), {}, [1, 'k', 0, SHARED]));
  assert.throws(() => Reflect.construct(Reflect.get(pool, 'constructor'), []), TypeError);
  assert.throws(() => Reflect.construct(Reflect.get(native, 'constructor'), [{}]), TypeError);
  assert.throws(() => rawRados().start(() => undefined), TypeError);
  await native.close();
});

test('after close every call is a type error, and closing again is fine', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'closed');
  await native.close();
  await native.close();
  pool.close();
  assert.throws(() => pool.read(1, 'k', 0, SHARED), TypeError);
  assert.throws(() => pool.listPage(0, 1, undefined, 1), TypeError);
  assert.throws(() => native.address(), TypeError);
  assert.throws(() => native.pool('p', ''), TypeError);
});

test('a read of no bytes writes none, though an OSD takes 0 for all', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'none');
  await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(64).fill(1)));
  const memory = sharedBytes(64);
  assert.equal(await runRaw((id) => pool.read(id, 'k', 0, memory.subarray(32, 32))), 0);
  assert.equal(await runRaw((id) => pool.read(id, 'absent', 0, memory.subarray(32, 32))), -2);
  assert.equal(
    await runRaw((id) =>
      pool.look(
        id,
        'k',
        [
          [20, 0, 0],
          [20, 60, 0],
        ],
        memory.subarray(32, 32),
      ),
    ),
    0,
  ); // prettier-ignore
  assert.ok(memory.every((byte) => byte === 0));
  await native.close();
});

test('bytes outside of `into` are left alone', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'edges');
  await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(5000).fill(1)));
  for (const [from, length] of [
    [1, 1],
    [7, 4095],
    [8, 4096],
    [9, 4097],
  ] as const) {
    // prettier-ignore
    const memory = sharedBytes(8192);
    assert.equal(await runRaw((id) => pool.read(id, 'k', 3, memory.subarray(from, from + length))), length);
    assert.equal(sum(memory), length);
    assert.equal(sum(memory.subarray(from, from + length)), length);
  }
  await native.close();
});

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

test('a batch with one missing object gives its code and the others', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'batch');
  await checkBatch(pool);
  await native.close();
});

async function checkBatch(pool: NativePool): Promise<void> {
  const results = new Int32Array(new SharedArrayBuffer(12));
  const inputs = [new Uint8Array(8).fill(1), new Uint8Array(3).fill(2)];
  assert.equal(await runRaw((id) => pool.writeMany(id, ['a', 'c'], inputs, results)), 0);
  assert.deepEqual([...results], [0, 0, 0]);
  const into = sharedBytes(24);
  assert.equal(await runRaw((id) => pool.readMany(id, ['a', 'b', 'c'], into, 8, results)), 0);
  assert.deepEqual([...results], [8, -2, 3]);
  assert.deepEqual([...into], [...Array(8).fill(1), ...Array(8).fill(0), 2, 2, 2, 0, 0, 0, 0, 0]);
  assert.equal(await runRaw((id) => pool.readMany(id, [], into, 8, results)), 0);
}
