import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeChunk, makeCollection, storeObject } from '../../support/store-objects.ts';
import { assertSame, assertWhole, readChunk } from '../../support/store-reading.ts';
import type { StoreHarness } from './harness.ts';

export function indexRows({ name, open }: StoreHarness): void {
  test(`${name}: each chunk of a collection is found with its place and length`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 1030); // rows of two stripes
    const { tag } = await storeObject(store, object);
    await assertWhole(store, object);
    const rows = object.rows.flat();
    for (const i of [0, 1, 1023, 1024, 1029]) {
      const row = rows[i];
      assert.ok(row);
      const [place] = await store.findChunk(row.id);
      assert.deepEqual(
        { position: place?.position, length: place?.length },
        { position: row.position, length: row.length },
      );
      assertSame(place?.tag, tag, 'tag');
    }
  });

  test(`${name}: a chunk in two collections is found in both, and in one after the other went`, async () => {
    await using opened = await open();
    const { store } = opened;
    const [small, large] = [makeCollection('a', 3), makeCollection('a', 4)]; // share three chunks
    const first = await storeObject(store, small);
    const second = await storeObject(store, large);
    const [chunk] = small.chunkIds;
    assert.ok(chunk);
    assert.equal((await store.findChunk(chunk)).length, 2);
    assert.equal(await store.remove(small.id, first.head), true);
    await store.discard(first.tag); // in line after the removal's own work
    const left = (await store.findChunk(chunk)).filter(
      (place) => Buffer.compare(place.tag, second.tag) === 0,
    );
    assert.equal(left.length, 1);
    await assertWhole(store, large);
  });

  test(`${name}: a chunk that no collection has is found nowhere`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('alone');
    await store.setChunk(chunk);
    assert.deepEqual(await store.findChunk(chunk.id), []);
    assert.deepEqual(await store.findChunk(makeChunk('nowhere').id), []);
  });

  test(`${name}: a lone chunk and the same chunk in a collection do not disturb each other`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('a', 2);
    const chunk = makeChunk('a 0');
    await storeObject(store, object);
    assert.equal((await store.setChunk(chunk)).held, false);
    assert.equal(await store.removeChunk(chunk.id, chunk.head), true);
    assert.equal(await readChunk(store, chunk.id), undefined);
    await assertWhole(store, object);
  });
}
