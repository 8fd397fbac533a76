import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, objectIdHex } from '../../../src/content/object-id.ts';
import { makeChunk, makeCollection, makeFile, storeObject } from '../../support/store-objects.ts';
import { assertSame, listAll } from '../../support/store-reading.ts';
import type { StoreHarness } from './harness.ts';

export function listing({ name, open }: StoreHarness): void {
  test(`${name}: chunks and objects are listed apart, ascending, in pages of any size`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunks = Array.from({ length: 40 }, (_, i) => makeChunk(`chunk ${i}`));
    await Promise.all(chunks.map((chunk) => store.setChunk(chunk)));
    const objects = [
      ...Array.from({ length: 5 }, (_, i) => makeFile(`file ${i}`, i)),
      makeCollection('c', 2),
    ];
    const heads = new Map<string, Uint8Array>();
    for (const object of objects) heads.set(objectIdHex(object.id), (await storeObject(store, object)).head);
    for (const limit of [1, 7, 40, 1000]) {
      const listed = await listAll(store, 'chunks', limit);
      const expected = chunks.toSorted((a, b) => compareBytes(a.id, b.id));
      assert.deepEqual(
        listed.map(({ id }) => objectIdHex(id)),
        expected.map(({ id }) => objectIdHex(id)),
      );
      listed.forEach(({ head }, i) => assertSame(head, expected[i]?.head, 'head'));
      const found = await listAll(store, 'objects', limit);
      assert.deepEqual(
        found.map(({ id }) => objectIdHex(id)),
        [...heads.keys()].toSorted(),
      );
      for (const { id, head } of found) assertSame(head, heads.get(objectIdHex(id)), 'head');
    }
  });

  test(`${name}: a page starts above its mark, held or not`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunks = Array.from({ length: 10 }, (_, i) => makeChunk(`chunk ${i}`)).toSorted((a, b) =>
      compareBytes(a.id, b.id),
    );
    await Promise.all(chunks.map((chunk) => store.setChunk(chunk)));
    const [, , third, fourth] = chunks;
    assert.ok(third && fourth);
    await store.removeChunk(third.id, third.head);
    const [next] = await store.list('chunks', { after: third.id, limit: 1 });
    assertSame(next?.id, fourth.id, 'next id');
    const last = chunks.at(-1);
    assert.ok(last);
    assert.deepEqual(await store.list('chunks', { after: last.id, limit: 10 }), []);
  });

  test(`${name}: what stays is listed once while others come and go`, async () => {
    await using opened = await open();
    const { store } = opened;
    const staying = Array.from({ length: 60 }, (_, i) => makeChunk(`stays ${i}`));
    const moving = Array.from({ length: 60 }, (_, i) => makeChunk(`moves ${i}`));
    await Promise.all(staying.map((chunk) => store.setChunk(chunk)));
    let listing = true;
    const comeAndGo = async (): Promise<void> => {
      while (listing) {
        await Promise.all(moving.map((chunk) => store.setChunk(chunk)));
        await Promise.all(moving.map((chunk) => store.removeChunk(chunk.id, chunk.head)));
      }
    };
    const traffic = comeAndGo();
    const seen = new Map<string, number>();
    for (const { id } of await listAll(store, 'chunks', 3)) {
      seen.set(objectIdHex(id), (seen.get(objectIdHex(id)) ?? 0) + 1);
    }
    listing = false;
    await traffic;
    for (const { id } of staying) assert.equal(seen.get(objectIdHex(id)), 1);
    assert.ok([...seen.values()].every((times) => times === 1));
  });
}
