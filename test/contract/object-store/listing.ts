import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, objectIdHex } from '../../../src/content/object-id.ts';
import { makeChunk, makeCollection, makeFile, storeObject } from '../../support/store-objects.ts';
import { assertSame, codeOf, listAll } from '../../support/store-reading.ts';
import type { StoreHarness } from './harness.ts';

export function listing({ name, open }: StoreHarness): void {
  test(`${name}: chunks and objects are listed apart, each once, in the same order in pages of any size`, async () => {
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
    const expected = new Map(chunks.map(({ id, head }) => [objectIdHex(id), head]));
    const order = (await listAll(store, 'chunks')).map(({ id }) => objectIdHex(id));
    assert.deepEqual(order.toSorted(), [...expected.keys()].toSorted());
    for (const limit of [1, 7, 40, 1000]) {
      const listed = await listAll(store, 'chunks', limit);
      assert.deepEqual(
        listed.map(({ id }) => objectIdHex(id)),
        order,
      );
      for (const { id, head, token } of listed) {
        assertSame(head, expected.get(objectIdHex(id)), 'head');
        assert.ok(token.length > 0 && token.length <= 64);
      }
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
    const chunks = Array.from({ length: 10 }, (_, i) => makeChunk(`chunk ${i}`));
    await Promise.all(chunks.map((chunk) => store.setChunk(chunk)));
    const listed = await listAll(store, 'chunks');
    const [, , third, fourth] = listed;
    assert.ok(third && fourth);
    await store.removeChunk(third.id, third.head);
    const [next] = await store.list('chunks', { after: third.token, limit: 1 });
    assertSame(next?.id, fourth.id, 'next id');
    const last = listed.at(-1);
    assert.ok(last);
    assert.deepEqual(await store.list('chunks', { after: last.token, limit: 10 }), []);
  });

  test(`${name}: objects are listed behind any id, and a token of nobody is refused`, async () => {
    await using opened = await open();
    const { store } = opened;
    const files = Array.from({ length: 9 }, (_, i) => makeFile(`file ${i}`, 1));
    for (const file of files) await storeObject(store, file);
    const ids = files.map(({ id }) => id).toSorted(compareBytes);
    for (const [i, after] of ids.entries()) {
      const behind = await store.list('objects', { after, limit: 1000 });
      assert.deepEqual(
        behind.map(({ id }) => objectIdHex(id)),
        ids.slice(i + 1).map(objectIdHex),
      );
    }
    if (name === 'memory') return; // which takes any
    for (const after of [new Uint8Array(), new Uint8Array(31), new Uint8Array(64)])
      for (const what of ['chunks', 'objects'] as const)
        assert.equal(await codeOf(store.list(what, { after, limit: 1 })), 'PROVENDER_INVALID');
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
