import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStore } from '../../../src/objects/object-store.ts';
import { makeTag, type Tag } from '../../../src/objects/tag.ts';
import {
  makeChunk,
  makeCollection,
  makeFile,
  type StoredObject,
  stageObject,
  storeObject,
} from '../../support/store-objects.ts';
import {
  assertGone,
  assertSame,
  assertWhole,
  codeOf,
  readChunk,
  recount,
} from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

export function lifetime(harness: StoreHarness): void {
  const { name, open } = harness;
  test(`${name}: a closed store refuses every call, and closes again`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    const tag = makeTag(1, 1);
    await store.close();
    const calls = [
      () => store.setChunk(chunk),
      () => store.getChunks([chunk.id]),
      () => store.removeChunk(chunk.id, chunk.head),
      () => store.replaceChunk(chunk, chunk.head),
      () => store.stage(),
      () => store.writeStripe(tag, 0, chunk.block),
      () => store.writeRoots(tag, chunk.block),
      () => store.discard(tag),
      () => store.prepare(chunk.id, chunk.head),
      () => store.settle(chunk.id, chunk.head, 'publish'),
      () => store.publish(chunk.id, chunk.head),
      () => store.replace(chunk.id, chunk.head, chunk.head),
      () => store.getHead(chunk.id),
      () => store.remove(chunk.id, chunk.head),
      () => store.readStripe(tag, 0, []),
      () => store.readRoots(tag),
      () => store.findChunk(chunk.id),
      () => store.list('chunks', { limit: 1 }),
      () => store.quarantine({ key: 'k', reason: 'r', unixMs: 1 }),
      () => store.quarantined(),
    ];
    for (const call of calls) assert.equal(await codeOf(call()), 'PROVENDER_CLOSED');
    await Promise.all([store.close(), store.close()]);
  });

  test(`${name}: a healthy store says that it takes writes`, async () => {
    await using opened = await open();
    assert.deepEqual(opened.store.health(), { writable: true });
  });

  test(`${name}: marks of damage are kept, and replaced by later ones`, async () => {
    await using opened = await open();
    const { store } = opened;
    assert.deepEqual(await store.quarantined(), []);
    const first = { key: 'c/aa', reason: 'block', block: 3, unixMs: 1_700_000_000_000 };
    await store.quarantine({ ...first, reason: 'old' });
    await store.quarantine(first);
    await store.quarantine({ key: 'h/bb', reason: 'head', unixMs: 2 });
    const marks = [...(await store.quarantined())].toSorted((a, b) => (a.key < b.key ? -1 : 1));
    assert.deepEqual(marks, [first, { key: 'h/bb', reason: 'head', unixMs: 2 }]);
  });

  if (harness.durable) durable(harness);
}

async function untilGone(store: ObjectStore, object: StoredObject, tag: Tag): Promise<void> {
  await until('nothing of the object can be found', async () => {
    await assertGone(store, object, tag);
    return true;
  });
}

function durable({ name, open, exactUsage }: StoreHarness): void {
  test(`${name}: closing waits for running calls`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunks = Array.from({ length: 20 }, (_, i) => makeChunk(`chunk ${i}`));
    const sets = chunks.map((chunk) => store.setChunk(chunk));
    const closed = store.close();
    const results = await Promise.all(sets);
    await closed;
    assert.ok(results.every(({ held }) => !held));
    const again = await opened.reopen();
    for (const chunk of chunks) assertSame((await readChunk(again, chunk.id))?.block, chunk.block, 'block');
  });

  test(`${name}: after reopening everything is there, and what was staged is gone`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    const kept = [makeFile('two stripes', 2 ** 22 + 1), makeCollection('c', 100)];
    const staged = makeCollection('staged', 10);
    await store.setChunk(chunk);
    for (const object of kept) await storeObject(store, object);
    await store.quarantine({ key: 'c/aa', reason: 'block', unixMs: 1 });
    const removed = await storeObject(store, makeCollection('removed', 20));
    await store.remove(makeCollection('removed', 20).id, removed.head);
    const tag = await stageObject(store, staged);
    const before = store.usage();
    const again = await opened.reopen();
    const { storedBytes, ...counts } = before;
    await until('the counts are those of before', () => {
      const { storedBytes: bytesAgain, ...countsAgain } = again.usage();
      if (exactUsage) assert.equal(bytesAgain, storedBytes);
      assert.deepEqual(countsAgain, counts);
      return true;
    });
    if (exactUsage) assert.deepEqual(again.usage(), await recount(again));
    assertSame((await readChunk(again, chunk.id))?.block, chunk.block, 'block');
    for (const object of kept) await assertWhole(again, object);
    await untilGone(again, staged, tag);
    await untilGone(again, makeCollection('removed', 20), removed.tag);
    assert.deepEqual(await again.quarantined(), [{ key: 'c/aa', reason: 'block', unixMs: 1 }]);
    const fresh = await again.stage();
    assert.ok(Buffer.compare(fresh, tag) > 0, 'tags are never given twice');
  });
}
