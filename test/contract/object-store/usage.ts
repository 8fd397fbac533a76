import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStore, StoreUsage } from '../../../src/objects/object-store.ts';
import {
  makeChunk,
  makeCollection,
  makeFile,
  stageObject,
  storeObject,
} from '../../support/store-objects.ts';
import { recount } from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

const EMPTY = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };

export function usage({ name, open, exactUsage }: StoreHarness): void {
  /** Where bytes are the pool's own figure only the counts are compared, when they have come. */
  const assertUsage = async (store: ObjectStore, expected: StoreUsage): Promise<void> => {
    if (exactUsage) return assert.deepEqual(store.usage(), expected);
    const counts = { ...expected, storedBytes: 0 };
    await until('the counts are right', () => {
      assert.deepEqual({ ...store.usage(), storedBytes: 0 }, counts);
      return true;
    });
  };

  test(`${name}: usage is exactly what a recount finds, whatever came and went`, async () => {
    await using opened = await open();
    const { store } = opened;
    await assertUsage(store, EMPTY);
    const chunks = Array.from({ length: 30 }, (_, i) => makeChunk(`chunk ${i}`, i * 100));
    await Promise.all([...chunks, ...chunks].map((chunk) => store.setChunk(chunk)));
    const objects = [
      makeFile('empty', 0),
      makeFile('one', 4097),
      makeFile('two', 2 ** 22 + 1),
      makeCollection('c', 1000),
    ];
    const heads: Uint8Array[] = [];
    for (const object of objects) heads.push((await storeObject(store, object)).head);
    await stageObject(store, makeFile('staged', 100_000));
    await assertUsage(store, await recount(store));
    assert.deepEqual(
      { ...store.usage(), storedBytes: 0 },
      { storedBytes: 0, chunks: 30, files: 3, collections: 1 },
    );
    await Promise.all(chunks.slice(10).map(({ id, head }) => store.removeChunk(id, head)));
    for (const [i, object] of objects.entries()) {
      const head = heads[i];
      if (i % 2 === 0 && head !== undefined) await store.remove(object.id, head);
    }
    await assertUsage(store, await recount(store));
    assert.equal(store.usage().chunks, 10);
  });

  test(`${name}: usage is nothing after everything was removed`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a', 17);
    const object = makeCollection('b', 65);
    await store.setChunk(chunk);
    const { head } = await storeObject(store, object);
    await Promise.all([store.removeChunk(chunk.id, chunk.head), store.remove(object.id, head)]);
    await assertUsage(store, EMPTY);
  });
}
