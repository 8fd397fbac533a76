import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { openRaw, rawInFlight, runRaw, sharedBytes, submitRaw } from '../support/rados-raw.ts';

const ceph = useCeph();
const SIZE = 4096;
const IN_FLIGHT = 64;
/** AddressSanitizer keeps freed memory back for a while, so its sizes say nothing. */
const IS_SANITIZED = process.env['ASAN_OPTIONS'] !== undefined;
const IS_LONG = process.env['PROVENDER_TEST_LONG'] === '1';
const ROUND = IS_LONG ? 100_000 : 10_000;
const MAX_GROWTH = IS_LONG ? 2 ** 20 : 2 ** 21; // a short round has fewer pages to average over

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('memory that JavaScript has dropped takes the bytes all the same', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'dropped');
  assert.equal(await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(SIZE).fill(9))), 0);
  for (let round = 0; round < 50; round++) {
    const reads = Array.from({ length: IN_FLIGHT }, () =>
      submitRaw((id) => pool.read(id, 'k', 0, sharedBytes(SIZE))),
    );
    collectGarbage();
    for (const { result } of reads) assert.equal((await result).rc, SIZE);
  }
  await native.close();
});

test(
  'a pool and its connection that JavaScript has dropped answer what is in flight',
  WITH_CEPH,
  async () => {
    const into = sharedBytes(SIZE);
    const drop = async () => {
      const { pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'dropped');
      await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(SIZE).fill(7)));
      return submitRaw((id) => pool.read(id, 'k', 0, into)).result;
    };
    const result = drop();
    collectGarbage();
    assert.equal((await result).rc, SIZE);
    assert.equal(into[SIZE - 1], 7);
  },
);

test('input can be overwritten as soon as a write was submitted', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'input');
  const input = new Uint8Array(SIZE);
  const writes = Array.from({ length: 256 }, (_, i) => {
    input.fill(i);
    const { result } = submitRaw((id) => pool.writeFull(id, `k${i}`, input));
    input.fill(255 - i);
    return result;
  });
  for (const result of writes) assert.equal((await result).rc, 0);
  const into = sharedBytes(SIZE);
  for (let i = 0; i < 256; i++) {
    assert.equal(await runRaw((id) => pool.read(id, `k${i}`, 0, into)), SIZE);
    assert.ok(into.every((byte) => byte === i));
  }
  await native.close();
});

test('memory stays flat over many operations', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'flat');
  await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(SIZE)));
  const slab = new SharedArrayBuffer(IN_FLIGHT * SIZE);
  const readMany = async (lane: number, count: number): Promise<void> => {
    const into = new Uint8Array(slab, lane * SIZE, SIZE);
    for (let i = 0; i < count; i++) assert.equal(await runRaw((id) => pool.read(id, 'k', 0, into)), SIZE);
  };
  const round = async (): Promise<number> => {
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async (_, lane) => await readMany(lane, ROUND / IN_FLIGHT)),
    );
    collectGarbage();
    return process.memoryUsage.rss();
  };
  const sizes: number[] = [];
  for (let i = 0; i < 10; i++) sizes.push(await round());
  // the first half warms up pools of V8, malloc and librados; of the rest the middle values count
  const growths = sizes.slice(5).map((size, i) => size - (sizes[i + 4] ?? 0));
  const median = growths.toSorted((a, b) => a - b)[2] ?? 0;
  assert.ok(IS_SANITIZED || median < MAX_GROWTH, `${median} bytes per ${ROUND} reads: ${sizes.join(' ')}`);
  assert.equal(rawInFlight(), 0);
  await native.close();
});
