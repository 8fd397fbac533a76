import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inlineCoder } from '../../src/proof/replica-coder.ts';
import { SEGMENT_SLAB_SIZE, SegmentBuffers } from '../../src/shares/memory/segment-buffers.ts';
import { SLAB_SIZE } from '../../src/shares/memory/stripe-buffers.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import {
  batchesOf,
  declarationOf,
  makeChunks,
  pieces,
  referenceFileId,
  sourceOf,
} from '../support/share-content.ts';

const { signal } = new AbortController();
const MIB = 2 ** 20;
/** Not small. */
const LARGE = 5 * MIB;

test('a small object takes little, and its memory is used again', async () => {
  const buffers = new SegmentBuffers(SEGMENT_SLAB_SIZE);
  const small = await buffers.take(5000, signal);
  assert.equal(small.bytes.length, 5000);
  assert.ok(small.bytes.buffer instanceof SharedArrayBuffer);
  assert.ok(buffers.usedBytes < MIB);
  const memory = small.bytes.buffer;
  small.release();
  const again = await buffers.take(70_000, signal);
  assert.equal(again.bytes.buffer, memory);
  again.release();
  assert.equal(buffers.usedBytes, 0);
});

test('whoever asks for more than is free waits in order, and nobody passes but small objects', async () => {
  const buffers = new SegmentBuffers(SEGMENT_SLAB_SIZE);
  const whole = await buffers.take(SEGMENT_SLAB_SIZE, signal);
  assert.equal(buffers.tryTake(LARGE), undefined);
  buffers.tryTake(4 * MIB)?.release();
  const small = await buffers.take(4 * MIB, signal);
  const order: string[] = [];
  const first = buffers.take(100 * MIB, signal).then((buffer) => [order.push('first'), buffer] as const);
  const second = buffers.take(LARGE, signal).then((buffer) => [order.push('second'), buffer] as const);
  const leaving = new AbortController();
  const third = buffers.take(LARGE, leaving.signal);
  leaving.abort();
  await assert.rejects(third, { code: 'PROVENDER_CANCELLED' });
  whole.release();
  const [, given] = await first;
  assert.deepEqual(order, ['first']);
  given.release();
  const [, last] = await second;
  last.release();
  small.release();
  assert.equal(buffers.usedBytes, 0);
  await assert.rejects(buffers.take(SEGMENT_SLAB_SIZE + 1, signal), { code: 'PROVENDER_INVALID' });
});

test('memory that nobody uses goes when others need its room', async () => {
  const buffers = new SegmentBuffers(SEGMENT_SLAB_SIZE);
  const unused = await buffers.take(40 * MIB, signal);
  const memory = unused.bytes.buffer;
  unused.release();
  const whole = await buffers.take(SEGMENT_SLAB_SIZE, signal);
  whole.release();
  const again = await buffers.take(40 * MIB, signal);
  assert.notEqual(again.bytes.buffer, memory);
});

test('sets of every kind end beside each other with the least memory there may be', async () => {
  await using open = await openShares({ bufferBytes: SLAB_SIZE + 200_000, stagedRawAboveBytes: 5 * MIB });
  const chunks = makeChunks(1100);
  const sets = Array.from({ length: 24 }, async (_, i) => {
    const content = testBytes(i % 3 === 0 ? 6 * MIB : 300_000, i);
    const profile = i % 3;
    if (i % 4 === 3) {
      const few = chunks.slice(i);
      return open.shares.setShares({ ...declarationOf(few), profile }, sourceOf(...batchesOf(few)));
    }
    const id = i % 2 === 0 ? referenceFileId(content) : undefined;
    const declared = { sizeBytes: content.length, profile, ...(id && { id }) };
    return open.shares.setFile(declared, sourceOf(...pieces(content, 777_777)));
  });
  for (const outcome of await Promise.all(sets)) assert.equal(outcome.held, false);
  assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [24, 0]);
});

test('what is received is encoded before the last byte is there when the id is declared', async () => {
  const content = testBytes(3 * MIB);
  let runs = 0;
  const encode: typeof inlineCoder.encode = async (run) => {
    await inlineCoder.encode(run);
    runs++;
  };
  await using open = await openShares({ coder: { ...inlineCoder, encode } });
  const seen: number[] = [];
  async function* source(): AsyncGenerator<Uint8Array, undefined> {
    for (const piece of pieces(content, MIB)) {
      yield piece;
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      seen.push(runs);
    }
    return undefined;
  }
  await open.shares.setFile(
    { sizeBytes: content.length, profile: 2, id: referenceFileId(content) },
    source(),
  );
  assert.deepEqual(seen.slice(0, 2), [1, 2]);
  assert.equal(runs, 6);
});
