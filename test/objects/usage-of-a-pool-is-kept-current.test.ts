import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { PoolBytes } from '../../src/objects/rados/pool-bytes.ts';
import { PoolRoom } from '../../src/objects/rados/pool-room.ts';
import { UsageCounts } from '../../src/objects/rados/usage-counts.ts';
import { makeChunk } from '../support/store-objects.ts';

const [a, b, c] = [makeChunk('a').id, makeChunk('b').id, makeChunk('c').id];

test('own writes count until the statistics of the pool must have them', () => {
  let nowMs = 0;
  const pool = new PoolBytes(() => nowMs);
  pool.report(1000n);
  pool.wrote(10);
  nowMs = 1500;
  pool.wrote(20);
  assert.equal(pool.bytes, 1030);
  nowMs = 9000;
  pool.report(1005n); // lags behind
  assert.equal(pool.bytes, 1035);
  nowMs = 11_000;
  pool.report(1030n);
  assert.equal(pool.bytes, 1050);
  nowMs = 12_000;
  pool.report(1030n);
  assert.equal(pool.bytes, 1030);
});

test('what this pod makes while a recount runs is counted once, found by it or not', () => {
  const usage = new UsageCounts();
  usage.beginRecount(1);
  usage.found(a, 1);
  usage.making(b, 1, 1)(true);
  usage.found(b, 1);
  usage.making(c, 2, 1)(true);
  usage.removed(2);
  assert.deepEqual(usage.counts, { chunks: 1, files: 0, collections: 0 });
  usage.endRecount();
  assert.deepEqual(usage.counts, { chunks: 2, files: 0, collections: 0 });
  usage.making(c, 3, 1)(true);
  usage.removed(1);
  assert.deepEqual(usage.counts, { chunks: 1, files: 0, collections: 1 });
});

test('what a recount finds before its maker has the answer is counted once, made or held', () => {
  const usage = new UsageCounts();
  const madeBefore = usage.making(a, 1, 1);
  usage.beginRecount(1);
  const made = usage.making(b, 1, 1);
  const held = usage.making(c, 1, 1);
  for (const id of [a, b, c]) usage.found(id, 1);
  for (const [ended, isMade] of [
    [madeBefore, true],
    [made, true],
    [held, false],
  ] as const)
    ended(isMade);
  usage.found(c, 1);
  usage.endRecount();
  assert.deepEqual(usage.counts, { chunks: 3, files: 0, collections: 0 });
});

test('what was made and is set again while a recount runs is counted once', () => {
  const usage = new UsageCounts();
  usage.beginRecount(1);
  usage.making(a, 1, 1)(true);
  const again = usage.making(a, 1, 1);
  usage.found(a, 1);
  again(false);
  usage.endRecount();
  assert.deepEqual(usage.counts, { chunks: 1, files: 0, collections: 0 });
});

test('what was being made when its session was lost is counted if it is found', () => {
  const usage = new UsageCounts();
  usage.making(a, 1, 1);
  usage.beginRecount(2);
  usage.found(a, 1);
  usage.endRecount();
  assert.deepEqual(usage.counts, { chunks: 1, files: 0, collections: 0 });
});

test('the counts of before stand until a recount ends, and none falls below 0', () => {
  const usage = new UsageCounts();
  usage.making(a, 1, 1)(true);
  usage.making(b, 1, 1)(true);
  usage.beginRecount(1);
  assert.deepEqual(usage.counts, { chunks: 2, files: 0, collections: 0 });
  usage.found(a, 1);
  usage.endRecount();
  assert.deepEqual(usage.counts, { chunks: 1, files: 0, collections: 0 });
  usage.removed(1);
  usage.removed(1);
  assert.deepEqual(usage.counts, { chunks: 0, files: 0, collections: 0 });
});

test('a pool is full from a refusal to the next write that succeeds', async () => {
  const room = new PoolRoom();
  assert.deepEqual(room.health, { writable: true });
  const refusal = new ProvenderError('PROVENDER_OVER_QUOTA', 'the pool is full');
  await assert.rejects(
    room.write(() => Promise.reject(refusal)),
    refusal,
  );
  assert.equal(room.health.writable, false);
  assert.match(room.health.reason ?? '', /the pool is full; remove objects/);
  await assert.rejects(room.write(() => Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'away'))));
  assert.equal(room.health.writable, false);
  await room.write(() => Promise.resolve());
  assert.deepEqual(room.health, { writable: true });
});
