import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from '../../src/shares/memory/byte-budget.ts';
import { copyShared } from '../../src/shares/memory/shared-copy.ts';
import { SLAB_SIZE, StripeBuffers } from '../../src/shares/memory/stripe-buffers.ts';
import { TreeCache } from '../../src/shares/memory/tree-cache.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import {
  declarationOf,
  getFile,
  makeChunks,
  setCollection,
  setFile,
  sourceOf,
} from '../support/share-content.ts';

test('a budget serves in the order of asking, and a large request is not overtaken', async () => {
  const budget = new ByteBudget('test', 10);
  await budget.take(6);
  const order: string[] = [];
  const large = budget.take(8).then(() => order.push('large'));
  const small = budget.take(1).then(() => order.push('small'));
  assert.equal(budget.tryTake(1), false, 'others wait');
  budget.release(6);
  await Promise.all([large, small]);
  assert.deepEqual([order, budget.usedBytes], [['large', 'small'], 9]);
});

test('who gives up waiting lets those behind go on', async () => {
  const budget = new ByteBudget('test', 10);
  await budget.take(6);
  const controller = new AbortController();
  const given = assert.rejects(budget.take(8, controller.signal), { code: 'PROVENDER_CANCELLED' });
  const small = budget.take(4);
  controller.abort();
  await Promise.all([given, small]);
  assert.equal(budget.usedBytes, 10);
  await assert.rejects(budget.take(11), { code: 'PROVENDER_INVALID' });
});

test('slabs are used again, and dropped when small objects need their room', async () => {
  const buffers = new StripeBuffers(SLAB_SIZE + 100);
  const { signal } = new AbortController();
  const first = await buffers.take(SLAB_SIZE, signal);
  const memory = first.bytes.buffer;
  assert.equal(buffers.tryTake(101), undefined);
  first.release();
  const again = await buffers.take(SLAB_SIZE, signal);
  assert.equal(again.bytes.buffer, memory);
  again.release();
  const small = await buffers.take(200, signal);
  assert.equal(small.bytes.length, 200);
  small.release();
  const fresh = await buffers.take(SLAB_SIZE, signal);
  assert.notEqual(fresh.bytes.buffer, memory, 'the slab had to go for the small buffer');
  fresh.release();
  assert.equal(buffers.usedBytes, 0);
});

test('many streams get through the memory of one stripe', async () => {
  await using open = await openShares({ bufferBytes: SLAB_SIZE });
  const contents = Array.from({ length: 12 }, (_, i) => testBytes(i % 2 === 0 ? 9_000_000 : 70_000, i));
  const outcomes = await Promise.all(contents.map((content) => setFile(open.shares, content, 300_001)));
  for (const [i, { stat }] of outcomes.entries())
    assert.ok((await getFile(open.shares, stat.id)).equals(contents[i] ?? new Uint8Array()));
});

test('many collections and files get through little memory', async () => {
  await using open = await openShares({ bufferBytes: SLAB_SIZE + 200_000 });
  const chunks = makeChunks(2200);
  const sets = [0, 1, 2, 3].map((i) => setCollection(open.shares, chunks.slice(i)));
  const files = [0, 1, 2].map((i) => setFile(open.shares, testBytes(9_000_000, i)));
  assert.equal((await Promise.all([...sets, ...files])).filter(({ held }) => held).length, 0);
});

test('a collection whose ids can never fit is refused with both figures', async () => {
  await using open = await openShares({ bufferBytes: SLAB_SIZE });
  const chunks = makeChunks(1100);
  const set = open.shares.setShares(declarationOf(chunks), sourceOf());
  await assert.rejects(set, {
    code: 'PROVENDER_INVALID',
    message: new RegExp(`bufferBytes is ${SLAB_SIZE}`),
  });
  assert.equal(open.shares.usage().reservedBytes, 0);
});

test('a cache of roots stays within its bound and keeps what is used', () => {
  const cache = new TreeCache(100);
  cache.put('a', new Uint8Array(40));
  cache.put('b', new Uint8Array(40));
  cache.get('a');
  cache.put('c', new Uint8Array(40));
  assert.deepEqual([cache.get('a')?.length, cache.get('b'), cache.get('c')?.length], [40, undefined, 40]);
  cache.put('d', new Uint8Array(101));
  assert.deepEqual([cache.get('d'), cache.usedBytes], [undefined, 80]);
  cache.put('a', new Uint8Array(10));
  assert.equal(cache.usedBytes, 50);
});

test('bytes are copied whole at any alignment', () => {
  const source = testBytes(200_000);
  for (const at of [0, 1, 7, 8, 13])
    for (const from of [0, 3, 8])
      for (const length of [0, 1, 7, 9, 4096, 65_536, 65_537, 150_000]) {
        const target = new Uint8Array(new SharedArrayBuffer(150_020));
        copyShared(target, at, source.subarray(from, from + length));
        assert.ok(Buffer.from(target.slice(at, at + length)).equals(source.subarray(from, from + length)));
        assert.equal(target[at + length], 0);
        const back = new Uint8Array(150_020);
        copyShared(back, from, target.subarray(at, at + length));
        assert.ok(
          Buffer.from(back.subarray(from, from + length)).equals(source.subarray(from, from + length)),
        );
        assert.equal(back[from + length], 0);
      }
});
