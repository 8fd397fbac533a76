import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { makeTag, tagName } from '../../src/objects/tag.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { makeChunk, makeCollection, makeQuickFile, storeObject } from '../support/store-objects.ts';
import { assertSame, codeOf, listAll, readChunk } from '../support/store-reading.ts';
import { databaseFolder, openRaw } from '../support/store-raw.ts';

const FILE = makeQuickFile('damaged', 2 ** 22 + 1);
const COLLECTION = makeCollection('damaged', 3);
const CHUNK = makeChunk('damaged');
const NEIGHBOUR = makeChunk('whole');
/** Tags of a fresh store. */
const FILE_TAG = makeTag(1, 1);

type Damage = (bytes: Uint8Array) => Uint8Array;
const flip =
  (at: number): Damage =>
  (bytes) =>
    bytes.map((byte, i) => (i === at ? byte ^ 4 : byte));
const cut =
  (to: number): Damage =>
  (bytes) =>
    bytes.slice(0, to);

/** Makes a store, closes it, damages what lies in its folder, and looks at it again. */
async function damaged(
  adapter: StoreAdapter,
  damage: (directory: string) => Promise<void>,
  look: (store: ObjectStore) => Promise<void>,
): Promise<void> {
  await using scratch = await openScratch();
  const directory = scratch.at('store');
  const store = await adapter.open({ directory });
  await storeObject(store, FILE);
  await storeObject(store, COLLECTION);
  await Promise.all([store.setChunk(CHUNK), store.setChunk(NEIGHBOUR)]);
  await store.close();
  await damage(directory);
  await using again = await adapter.open({ directory });
  await look(again);
}

/** Changes a row of LevelDB behind the store's back. */
async function changeRow(
  adapter: StoreAdapter,
  directory: string,
  row: { table: string; key: Uint8Array },
  change: Damage,
): Promise<void> {
  await using level = await openRaw(adapter.name, directory);
  const key = Buffer.concat([Buffer.from(`!${row.table}!`), row.key]);
  const value = await level.get(key);
  assert.ok(value, `${row.table} ${key.toString('hex')}`);
  await level.put(key, change(value), { sync: true });
}

async function changeFile(path: string, change: Damage): Promise<void> {
  await writeFile(path, change(await readFile(path)));
}

/** Path of the lone chunk on `files`. */
function chunkFile(directory: string): string {
  const name = objectIdHex(CHUNK.id);
  return join(directory, 'c', name.slice(0, 2), name.slice(2, 4), name);
}

for (const adapter of EMBEDDED) {
  const { name } = adapter;
  for (const [what, change] of [
    ['flipped bit in the Commitment', flip(100)],
    ['flipped bit in the tag', flip(11)],
    ['flipped bit in the check', flip(270)],
    ['head cut to 200 bytes', cut(200)],
    ['head cut to 5 bytes', cut(5)],
    ['empty head', cut(0)],
  ] as const) {
    test(`${name}: ${what} is CORRUPT, for reading, setting and removing`, async () => {
      const damage = (directory: string) =>
        changeRow(adapter, directory, { table: 'h', key: FILE.id }, change);
      await damaged(adapter, damage, async (store) => {
        assert.equal(await codeOf(store.getHead(FILE.id)), 'PROVENDER_CORRUPT');
        assert.equal(await codeOf(store.publish(FILE.id, FILE.head(makeTag(9, 1)))), 'PROVENDER_CORRUPT');
        assert.equal(await codeOf(store.remove(FILE.id, FILE.head(FILE_TAG))), 'PROVENDER_CORRUPT');
        assert.equal((await listAll(store, 'objects')).length, 2, 'the listing goes on');
        assert.ok(await store.getHead(COLLECTION.id));
      });
    });
  }

  for (const [what, change] of [
    ['cut', cut(20)],
    ['with a position beyond the largest collection', flip(0)],
    [
      'with a chunk length above 4096',
      (bytes: Uint8Array) => bytes.map((byte, i) => (i === 4 ? 0xff : byte)),
    ],
  ] as const) {
    test(`${name}: an index row ${what} is CORRUPT`, async () => {
      const [id] = COLLECTION.chunkIds;
      assert.ok(id);
      const key = Buffer.concat([id.subarray(0, 16), makeTag(1, 2)]);
      await damaged(
        adapter,
        (directory) => changeRow(adapter, directory, { table: 'x', key }, change),
        async (store) => assert.equal(await codeOf(store.findChunk(id)), 'PROVENDER_CORRUPT'),
      );
    });
  }

  test(`${name}: a damaged lone chunk does not hide its neighbour`, async () => {
    const damage = async (directory: string): Promise<void> => {
      if (name === 'files') await truncate(chunkFile(directory), 4000);
      else await changeRow(adapter, directory, { table: 'c', key: CHUNK.id }, cut(4000));
    };
    await damaged(adapter, damage, async (store) => {
      const [bad, good] = await store.getChunks([CHUNK.id, NEIGHBOUR.id]);
      assert.ok(isProvenderError(bad, 'PROVENDER_CORRUPT'));
      assert.ok(good !== undefined && 'block' in good);
      assert.equal((await listAll(store, 'chunks')).length, 2);
    });
  });

  test(`${name}: a lone chunk whose head is damaged is CORRUPT, never set anew`, async () => {
    const damage = (directory: string): Promise<void> =>
      name === 'files'
        ? changeFile(chunkFile(directory), flip(102))
        : changeRow(adapter, directory, { table: 'h', key: CHUNK.id }, flip(100));
    await damaged(adapter, damage, async (store) => {
      assert.equal(await codeOf(store.setChunk(CHUNK)), 'PROVENDER_CORRUPT');
      assert.equal(await codeOf(store.removeChunk(CHUNK.id, CHUNK.head)), 'PROVENDER_CORRUPT');
      assert.ok(await readChunk(store, NEIGHBOUR.id));
    });
  });

  test(`${name}: stripe bytes and roots come back as they are, damaged or short; a missing stripe is missing`, async () => {
    const [stripe] = FILE.stripes;
    assert.ok(stripe);
    const damage = async (directory: string): Promise<void> => {
      const folder = join(directory, 'd', tagName(FILE_TAG));
      if (name === 'files') {
        await changeFile(join(folder, '000000'), (bytes) => cut(200_000)(flip(70_000)(bytes)));
        await changeFile(join(folder, 'r'), flip(3));
        await rm(join(folder, '000001'));
        return;
      }
      const page = (text: string): Uint8Array => Buffer.from(text, 'hex');
      await changeRow(
        adapter,
        directory,
        { table: 'p', key: page('0000000100000001000000000001') },
        flip(70_000 - 65_536),
      );
      await changeRow(
        adapter,
        directory,
        { table: 'p', key: page('0000000100000001000000000003') },
        cut(200_000 - 3 * 65_536),
      );
      await changeRow(adapter, directory, { table: 'r', key: FILE_TAG }, flip(3));
      await using level = await openRaw(name, directory);
      await level.del(Buffer.concat([Buffer.from('!p!'), page('0000000100000001000000010000')]));
    };
    await damaged(adapter, damage, async (store) => {
      const parts = await store.readStripe(FILE_TAG, 0, [{ offset: 0, length: stripe.length }]);
      assertSame(parts?.[0], cut(200_000)(flip(70_000)(stripe)), 'stripe');
      assertSame(await store.readRoots(FILE_TAG), flip(3)(FILE.roots ?? new Uint8Array()), 'roots');
      assert.equal(await store.readStripe(FILE_TAG, 1, [{ offset: 0, length: 10 }]), undefined);
    });
  });

  test(`${name}: a damaged usage record refuses the open and leaves nothing open`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    await (await adapter.open({ directory })).close();
    await using open = await adapter.open({ directory });
    await open.setChunk(CHUNK);
    await storeObject(open, COLLECTION);
    await open.close();
    const row = { table: 'u', key: Buffer.from('usage') };
    let before: Uint8Array = new Uint8Array();
    await changeRow(adapter, directory, row, (bytes) => {
      before = bytes;
      return cut(7)(bytes);
    });
    assert.equal(await codeOf(adapter.open({ directory })), 'PROVENDER_CORRUPT');
    await changeRow(adapter, directory, row, () => before); // LevelDB's lock is free
    await using again = await adapter.open({ directory });
    assert.equal(again.usage().collections, 1);
  });

  test(`${name}: a damaged database refuses the open`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    await (await adapter.open({ directory })).close();
    await writeFile(join(directory, databaseFolder(name), 'CURRENT'), 'MANIFEST-999999\n');
    const code = await codeOf(adapter.open({ directory }));
    assert.ok(['PROVENDER_CORRUPT', 'PROVENDER_CONFIG'].includes(code), code);
  });
}
