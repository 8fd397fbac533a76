import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectIdHex } from '../../src/content/object-id.ts';
import type { LoneChunk, ObjectStore } from '../../src/objects/object-store.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { makeChunk, makeQuickFile, type StoredObject, storeObject } from '../support/store-objects.ts';
import { listAll } from '../support/store-reading.ts';

const ceph = useCeph();
const CHUNKS = 2000;
const FILES = 300;
const WIDTH = 32;

async function inLanes<T>(items: readonly T[], task: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await task(item);
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** Sets and removes chunks and files until it is told to stop. */
async function comeAndGo(
  store: ObjectStore,
  moving: { chunks: readonly LoneChunk[]; files: readonly StoredObject[] },
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    await inLanes(moving.chunks, (chunk) => store.setChunk(chunk));
    await inLanes(moving.chunks, ({ id, head }) => store.removeChunk(id, head));
    for (const file of moving.files) {
      const { head } = await storeObject(store, file);
      await store.remove(file.id, head);
    }
  }
}

test(
  'what stays is listed once, in the same order each time, while another pod sets and removes',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    const patient = { beatMs: 1000, deadMs: 120_000 };
    await using store = await place.open(patient);
    await using other = await place.open(patient);
    const chunks = Array.from({ length: CHUNKS }, (_, i) => makeChunk(`stays ${i}`, 9));
    const files = Array.from({ length: FILES }, (_, i) => makeQuickFile(`stays ${i}`, 9 + i));
    await inLanes(chunks, (chunk) => store.setChunk(chunk));
    await inLanes(files, (file) => storeObject(store, file));
    const moving = {
      chunks: Array.from({ length: 50 }, (_, i) => makeChunk(`moves ${i}`)),
      files: Array.from({ length: 5 }, (_, i) => makeQuickFile(`moves ${i}`, 9 + i)),
    };
    const assertListings = async (): Promise<void> => {
      const isMoving = new Set([...moving.chunks, ...moving.files].map(({ id }) => objectIdHex(id)));
      let order: string[] | undefined;
      for (const limit of [1000, 700, 64]) {
        const ids = (await listAll(store, 'chunks', limit)).map(({ id }) => objectIdHex(id));
        assert.equal(new Set(ids).size, ids.length);
        const staying = ids.filter((id) => !isMoving.has(id));
        assert.deepEqual(staying.toSorted(), chunks.map(({ id }) => objectIdHex(id)).toSorted());
        order ??= staying;
        assert.deepEqual(staying, order);
        const objects = (await listAll(store, 'objects', limit)).map(({ id }) => objectIdHex(id));
        assert.deepEqual(
          objects.filter((id) => !isMoving.has(id)),
          files.map(({ id }) => objectIdHex(id)).toSorted(),
        );
      }
    };
    let done = false;
    const traffic = comeAndGo(other, moving, () => done);
    try {
      await assertListings();
    } finally {
      done = true;
      await traffic;
    }
  },
);
