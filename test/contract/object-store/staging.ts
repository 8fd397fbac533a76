import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTag, tagName } from '../../../src/objects/tag.ts';
import {
  makeChunk,
  makeCollection,
  makeFile,
  stageObject,
  storeObject,
} from '../../support/store-objects.ts';
import { assertGone, assertSame, assertWhole, codeOf } from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

export function staging({ name, open, exactUsage }: StoreHarness): void {
  test(`${name}: what is staged does not exist before it is published`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 3);
    const tag = await stageObject(store, object);
    assert.equal(await store.getHead(object.id), undefined);
    assert.deepEqual(await store.list('objects', { limit: 10 }), []);
    if (exactUsage) assert.equal(store.usage().storedBytes, 0);
    const { held, head } = await store.publish(object.id, object.head(tag));
    assert.equal(held, false);
    assertSame(head, object.head(tag), 'head of the answer');
    await assertWhole(store, object);
  });

  test(`${name}: no tag is given twice`, async () => {
    await using opened = await open();
    const tags = await Promise.all(Array.from({ length: 50 }, () => opened.store.stage()));
    assert.equal(new Set(tags.map(tagName)).size, 50);
  });

  test(`${name}: stripes may come in any order and at once`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 3 * 2 ** 22 - 5);
    const tag = await store.stage();
    const [first, second, third] = object.stripes;
    assert.ok(first && second && third && object.roots);
    await Promise.all([
      store.writeStripe(tag, 2, third),
      store.writeRoots(tag, object.roots),
      store.writeStripe(tag, 0, first),
      store.writeStripe(tag, 1, second),
    ]);
    await store.publish(object.id, object.head(tag));
    await assertWhole(store, object);
  });

  test(`${name}: a stripe that is written again has the later bytes`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 5000);
    const [stripe] = object.stripes;
    assert.ok(stripe);
    const tag = await store.stage();
    await store.writeStripe(
      tag,
      0,
      stripe.map((byte) => byte ^ 1),
    );
    await store.writeStripe(tag, 0, stripe);
    await store.publish(object.id, object.head(tag));
    await assertWhole(store, object);
  });

  test(`${name}: what is discarded is gone, and may be discarded again`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 5);
    const tag = await stageObject(store, object);
    await store.discard(tag);
    await store.discard(tag);
    await assertGone(store, object, tag);
    assert.equal(await codeOf(store.publish(object.id, object.head(tag))), 'PROVENDER_CONFLICT');
    assert.equal(await store.getHead(object.id), undefined);
  });

  test(`${name}: of two who publish one id one is told that it is held, and by which head`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 10_000);
    const tags = await Promise.all([stageObject(store, object), stageObject(store, object)]);
    const results = await Promise.all(tags.map((tag) => store.publish(object.id, object.head(tag))));
    const winner = results.findIndex(({ held }) => !held);
    const loser = tags[1 - winner];
    assert.equal(results.filter(({ held }) => held).length, 1);
    for (const { head } of results) assertSame(head, results[winner]?.head, 'the head that stands');
    assert.ok(loser);
    await store.discard(loser);
    await assertWhole(store, object);
    await until('one file is counted', () => store.usage().files === 1);
  });

  test(`${name}: discarding a tag after its publish leaves the object whole`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 10_000);
    const { tag } = await storeObject(store, object);
    await store.discard(tag);
    await assertWhole(store, object);
  });

  test(`${name}: an object is removed only under the head that was seen, then its data`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 70);
    const { tag, head } = await storeObject(store, object);
    assert.equal(await store.remove(object.id, object.head(makeTag(9, 9))), false);
    await assertWhole(store, object);
    assert.equal(await store.remove(object.id, head), true);
    assert.equal(await store.remove(object.id, head), false);
    assert.equal(await store.getHead(object.id), undefined);
    if (exactUsage) assert.equal(store.usage().storedBytes, 0);
    const again = await storeObject(store, object);
    assert.notEqual(tagName(again.tag), tagName(tag));
    await assertWhole(store, object);
  });

  test(`${name}: nothing can be written under a tag that is not being staged`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 1);
    const [stripe] = object.stripes;
    assert.ok(stripe);
    const foreign = makeTag(77, 1);
    assert.equal(await codeOf(store.writeStripe(foreign, 0, stripe)), 'PROVENDER_CONFLICT');
    assert.equal(await codeOf(store.writeRoots(foreign, stripe)), 'PROVENDER_CONFLICT');
    assert.equal(await codeOf(store.publish(object.id, object.head(foreign))), 'PROVENDER_CONFLICT');
    await store.discard(foreign);
    const { tag } = await storeObject(store, object);
    assert.equal(await codeOf(store.writeStripe(tag, 0, stripe)), 'PROVENDER_CONFLICT');
  });

  test(`${name}: a lone chunk is no object, and an object no lone chunk`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    const object = makeFile('a', 1);
    await store.setChunk(chunk);
    await storeObject(store, object);
    assert.equal(await store.getHead(chunk.id), undefined);
    assert.deepEqual(await store.getChunks([object.id]), [undefined]);
    assert.equal(await store.remove(chunk.id, chunk.head), false);
  });
}
