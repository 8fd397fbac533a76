import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTag } from '../../../src/objects/tag.ts';
import {
  makeChunk,
  makeCollection,
  makeFile,
  stageObject,
  storeObject,
} from '../../support/store-objects.ts';
import { assertGone, assertSame, assertWhole, codeOf, readChunk } from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

export function replacing({ name, open }: StoreHarness): void {
  test(`${name}: a chunk is replaced only under the head that was seen`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    // Another replica of the chunk: other bytes under another head of the same id.
    const other = {
      id: chunk.id,
      head: makeChunk('a', 4096, 3n).head,
      block: chunk.block.map((byte) => byte ^ 1),
    };
    assert.equal(await store.replaceChunk(other, chunk.head), false);
    assert.equal(await readChunk(store, chunk.id), undefined);
    await store.setChunk(chunk);
    assert.equal(await store.replaceChunk(other, other.head), false);
    assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'block');
    assert.equal(await store.replaceChunk(other, chunk.head), true);
    const found = await readChunk(store, chunk.id);
    assertSame(found?.block, other.block, 'block');
    assertSame(found?.head, other.head, 'head');
    assert.equal(await store.removeChunk(chunk.id, chunk.head), false);
    await until('one chunk is counted', () => store.usage().chunks === 1);
    assert.equal(await store.removeChunk(chunk.id, other.head), true);
  });

  test(`${name}: a collection is replaced in one step, and the data of the old one goes`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 70);
    const first = await storeObject(store, object);
    const second = await stageObject(store, object);
    assert.equal(await store.replace(object.id, object.head(second), object.head(makeTag(9, 9))), false);
    await assertWhole(store, object);
    const third = await stageObject(store, object);
    assert.equal(await store.replace(object.id, object.head(third), first.head), true);
    assertSame(await store.getHead(object.id), object.head(third), 'head');
    await assertWhole(store, object);
    await until('one collection is counted', () => store.usage().collections === 1);
    await until('the old data is gone', async () => {
      assert.equal(await store.readStripe(first.tag, 0, [{ offset: 0, length: 1 }]), undefined);
      return true;
    });
    await store.discard(second);
    await assertWhole(store, object);
    const [chunk] = object.chunkIds;
    assert.ok(chunk);
    await until('one row is left', async () => (await store.findChunk(chunk)).length === 1);
  });

  test(`${name}: what is not there cannot be replaced`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 5000);
    const tag = await stageObject(store, object);
    assert.equal(await store.replace(object.id, object.head(tag), object.head(makeTag(1, 99))), false);
    assert.equal(await store.getHead(object.id), undefined);
    await store.discard(tag);
    await assertGone(store, object, tag);
  });

  test(`${name}: only what is being staged replaces`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 5000);
    const { head } = await storeObject(store, object);
    const foreign = object.head(makeTag(77, 1));
    assert.equal(await codeOf(store.replace(object.id, foreign, head)), 'PROVENDER_CONFLICT');
    await assertWhole(store, object);
  });
}
