import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { LoneChunk, ObjectStore } from '../../src/objects/object-store.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { EMBEDDED } from '../support/store-adapters.ts';
import { makeChunk, makeQuickFile, storeObject, type StoredObject } from '../support/store-objects.ts';
import { assertSame, assertWhole, codeOf, readChunk, recount } from '../support/store-reading.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';
import { until } from '../support/until.ts';

const MIB = 2 ** 20;
/** Lets writes run into the end of the disk. */
const NO_RESERVE = -(2 ** 40);

/** What a store acknowledged. */
interface Held {
  readonly objects: StoredObject[];
  readonly chunks: LoneChunk[];
}

/** Sets files and chunks, many at once, until the disk has no room. */
async function fill(store: ObjectStore): Promise<Held> {
  const lanes = await Promise.all(Array.from({ length: 8 }, (_, lane) => fillLane(store, lane)));
  return { objects: lanes.flatMap(({ objects }) => objects), chunks: lanes.flatMap(({ chunks }) => chunks) };
}

/** Sets files of 1 MiB and chunks until the disk has no room; gives what was acknowledged. */
async function fillLane(store: ObjectStore, lane: number): Promise<Held> {
  const objects: StoredObject[] = [];
  const chunks: LoneChunk[] = [];
  try {
    for (let i = 0; ; i++) {
      const object = makeQuickFile(`filler ${lane} ${i}`, MIB);
      const tag = await store.stage();
      try {
        await store.writeStripe(tag, 0, object.stripes[0] ?? new Uint8Array());
        await store.publish(object.id, object.head(tag));
      } catch (error) {
        await store.discard(tag);
        throw error;
      }
      objects.push(object);
      const chunk = makeChunk(`filler ${lane} ${i}`);
      await store.setChunk(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    assert.ok(isProvenderError(error, 'PROVENDER_OVER_QUOTA'), String(error));
    return { objects, chunks };
  }
}

async function assertAllThere(store: ObjectStore, held: Held): Promise<void> {
  for (const object of held.objects) await assertWhole(store, object);
  for (const chunk of held.chunks)
    assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'chunk');
  assert.deepEqual(store.usage(), await recount(store));
}

/** Repeats a write until the store takes it. */
async function untilTaken(store: ObjectStore, name: string): Promise<void> {
  const chunk = makeChunk(name);
  await until('the store takes writes again', async () => (await codeOf(store.setChunk(chunk))) === 'none');
  assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'chunk');
}

for (const adapter of EMBEDDED) {
  test(`${adapter.name}: the reserve stays free, reads and removals go on, and room that is given back is used again`, async () => {
    await using disk: SmallDisk = await mountSmallDisk(96);
    const directory = join(disk.path, 'store');
    const reserveBytes = 48 * MIB;
    await using store = await adapter.open({ directory, reserveBytes });
    const held = await fill(store);
    assert.ok(held.objects.length > 10);
    // LevelDB may still write its buffers out as tables, which is what the reserve is for.
    const buffers = adapter.name === 'level' ? 36 * MIB : MIB;
    assert.ok((await disk.freeBytes()) >= reserveBytes - buffers, 'the reserve is free');
    const health = store.health();
    assert.equal(health.writable, false);
    assert.match(health.reason ?? '', /free/);
    await assertAllThere(store, held);
    for (const object of held.objects.splice(0, 12)) {
      const head = await store.getHead(object.id);
      assert.ok(head);
      assert.equal(await store.remove(object.id, head), true);
    }
    await untilTaken(store, 'after');
    assert.deepEqual(store.health(), { writable: true });
    await assertAllThere(store, held);
  });

  test(`${adapter.name}: a write without room fails, nothing acknowledged is lost, and writes go on when there is room`, async () => {
    await using disk: SmallDisk = await mountSmallDisk(128);
    const directory = join(disk.path, 'store');
    const ballast = join(disk.path, 'ballast');
    await writeFile(ballast, Buffer.alloc(64 * MIB));
    const store = await adapter.open({ directory, reserveBytes: NO_RESERVE });
    const held = await fill(store);
    const rest = await disk.freeBytes();
    await writeFile(join(disk.path, 'rest'), Buffer.alloc(Math.max(0, rest - 4096)));
    const object = makeQuickFile('too much', 2 * MIB);
    assert.equal(await codeOf(storeObject(store, object)), 'PROVENDER_OVER_QUOTA');
    assert.equal(store.health().writable, false);
    assert.match(store.health().reason ?? '', /no space left/);
    await assertAllThere(store, held);
    await rm(ballast);
    await rm(join(disk.path, 'rest'));
    await untilTaken(store, 'after');
    await assertAllThere(store, held);
    await storeObject(store, object);
    await store.close();
    const again = await adapter.open({ directory, reserveBytes: NO_RESERVE });
    await assertWhole(again, object);
    await assertAllThere(again, held);
    await again.close();
    assert.deepEqual(leftovers(await readRaw(adapter.name, directory)), []);
  });
}
