import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes } from '../../src/content/object-id.ts';
import type { LoneChunk, ObjectStore } from '../../src/objects/object-store.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { seededRandom } from '../support/store-crash-plan.ts';
import {
  makeChunk,
  makeCollection,
  makeQuickFile,
  stageObject,
  type StoredObject,
} from '../support/store-objects.ts';
import { assertSame, assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const OPERATIONS = process.env['PROVENDER_TEST_LONG'] === '1' ? 12_000 : 3000;
const LANES = 8;

/** Replicas of one chunk: other bytes under other heads of the same id. */
const CHUNKS: readonly (readonly LoneChunk[])[] = Array.from({ length: 60 }, (_, i) =>
  [0, 1, 2].map((round) => {
    const chunk = makeChunk(`chunk ${i}`, 4096, BigInt(round));
    return { ...chunk, block: chunk.block.map((byte) => byte ^ round) };
  }),
);
const OBJECTS: readonly StoredObject[] = Array.from({ length: 40 }, (_, i) =>
  i % 2 === 0 ? makeQuickFile(`file ${i}`, 5000 * i) : makeCollection(`collection ${i}`, i),
);

/** Makings less removals that were acknowledged, by object: 1 when it is there, 0 when not. */
type Balance = Int32Array;

async function changeChunk(
  store: ObjectStore,
  draw: number,
  variants: readonly LoneChunk[],
): Promise<number> {
  const chunk = variants[Math.floor(draw * 1000) % variants.length];
  assert.ok(chunk);
  if (draw < 0.45) return (await store.setChunk(chunk)).held ? 0 : 1;
  const found = await readChunk(store, chunk.id);
  if (found === undefined) return 0;
  const variant = variants.find(({ head }) => compareBytes(head, found.head) === 0);
  assertSame(found.block, variant?.block, 'the block belongs to the head');
  if (draw < 0.65) {
    await store.replaceChunk(chunk, found.head);
    return 0;
  }
  return (await store.removeChunk(chunk.id, found.head)) ? -1 : 0;
}

async function changeObject(store: ObjectStore, draw: number, object: StoredObject): Promise<number> {
  if (draw < 0.45) return setObject(store, object);
  const seen = await store.getHead(object.id);
  if (seen === undefined) return 0;
  if (draw >= 0.65) return (await store.remove(object.id, seen)) ? -1 : 0;
  const tag = await stageObject(store, object);
  if (!(await store.replace(object.id, object.head(tag), seen))) await store.discard(tag);
  return 0;
}

async function setObject(store: ObjectStore, object: StoredObject): Promise<number> {
  const tag = await stageObject(store, object);
  let held = true;
  // One that stood is gone again: nothing was done, and the caller may repeat.
  const code = await codeOf(
    store.publish(object.id, object.head(tag)).then((result) => void (held = result.held)),
  );
  assert.ok(code === 'none' || code === 'PROVENDER_CONFLICT', code);
  if (held) await store.discard(tag);
  return held ? 0 : 1;
}

test(
  'two pods set, remove and replace the same 100 objects, and no acknowledged change is lost',
  WITH_CEPH,
  async (t) => {
    const place = await radosPlace(ceph);
    const patient = { beatMs: 1000, deadMs: 120_000, removalDelayMs: 500, lookMs: 500 };
    await using first = await place.open(patient);
    await using second = await place.open(patient);
    const seed = Number(process.env['PROVENDER_TEST_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
    const balance: Balance = new Int32Array(CHUNKS.length + OBJECTS.length);
    let left = OPERATIONS;
    const lane = async (store: ObjectStore, random: () => number): Promise<void> => {
      while (left-- > 0) {
        const i = Math.floor(random() * balance.length);
        const [variants, object] = [CHUNKS[i], OBJECTS[i - CHUNKS.length]];
        const change = variants
          ? await changeChunk(store, random(), variants)
          : object && (await changeObject(store, random(), object));
        balance[i] = (balance[i] ?? 0) + (change ?? 0);
      }
    };
    await Promise.all(
      [first, second].flatMap((store, pod) =>
        Array.from({ length: LANES }, (_, i) => lane(store, seededRandom(seed * 100 + pod * LANES + i))),
      ),
    );
    for (const [i, variants] of CHUNKS.entries()) {
      const [chunk] = variants;
      const found = chunk && (await Promise.all([readChunk(first, chunk.id), readChunk(second, chunk.id)]));
      assert.deepEqual(found?.[0]?.head, found?.[1]?.head);
      assert.equal(balance[i], found?.[0] === undefined ? 0 : 1, `chunk ${i}`);
    }
    for (const [i, object] of OBJECTS.entries()) {
      const head = await first.getHead(object.id);
      assertSame(await second.getHead(object.id), head, 'head');
      assert.equal(balance[CHUNKS.length + i], head === undefined ? 0 : 1, `object ${i}`);
      if (head !== undefined) for (const store of [first, second]) await assertWhole(store, object);
    }
    await using connection = await place.connect();
    await until('nothing without a head is left', async () => {
      const names = await radosLeftovers({ connection, pool: place.pool, namespace: place.namespace });
      assert.deepEqual(names, ['sessions s.00000001', 'sessions s.00000002']);
      return true;
    });
  },
);
