import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RadosStore, RadosStoreOptions } from '../../src/objects/rados/rados-store.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { namesIn, radosLeftovers } from '../support/rados-leftovers.ts';
import { type Fate, Losses } from '../support/rados-lossy.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { makeChunk, makeCollection, makeFile, stageObject, storeObject } from '../support/store-objects.ts';
import { assertSame, assertWhole, codeOf, readChunk } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
/** What becomes of an operation, in words. */
const FATES: readonly (readonly [Fate, string])[] = [
  ['landed', 'lands'],
  ['lost', 'never lands'],
  ['late', 'lands late'],
];
/** Longer than a test lasts: nobody is taken for dead. */
const PATIENT = { beatMs: 1000, deadMs: 120_000 };

/** A store whose answers can be lost, and one of another pod beside it. */
interface Pods {
  readonly place: RadosPlace;
  readonly losses: Losses;
  readonly store: RadosStore;
  readonly other: RadosStore;
  readonly retried: string[];
  readonly ambiguous: string[];
}

async function withPods(
  options: Partial<RadosStoreOptions>,
  run: (pods: Pods) => Promise<void>,
): Promise<void> {
  const place = await radosPlace(ceph);
  const losses = new Losses();
  const retried: string[] = [];
  const ambiguous: string[] = [];
  await using store = await place.open({
    ...PATIENT,
    connect: async () => losses.befall(await place.connect()),
    events: {
      retried: ({ operation }) => void retried.push(operation),
      ambiguous: ({ operation }) => void ambiguous.push(operation),
    },
    ...options,
  });
  await using other = await place.open({ ...PATIENT, ...options });
  await run({ place, losses, store, other, retried, ambiguous });
  losses.judge = () => undefined;
}

async function leftoversOf(place: RadosPlace): Promise<string[]> {
  await using connection = await place.connect();
  const all = await radosLeftovers({ connection, pool: place.pool, namespace: place.namespace });
  return all.filter((name) => !name.startsWith('sessions '));
}

for (const [fate, words] of FATES) {
  test(`lone chunks: an operation that ${words} without an answer is done once`, WITH_CEPH, async () => {
    await withPods({}, async ({ losses, store, retried }) => {
      const chunk = makeChunk('a');
      const second = { ...makeChunk('a', 4096, 3n), block: chunk.block };
      losses.next('c/', fate);
      assert.equal((await store.setChunk(chunk)).held, false);
      assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'block');
      losses.next('c/', fate);
      assert.equal(await store.replaceChunk(second, chunk.head), true);
      assertSame((await readChunk(store, chunk.id))?.head, second.head, 'head');
      losses.next('c/', fate);
      assert.equal(await store.removeChunk(chunk.id, second.head), true);
      assert.equal(await readChunk(store, chunk.id), undefined);
      assert.deepEqual(retried, ['set', 'replace', 'remove']);
      await until('nothing is counted', () => store.usage().chunks === 0);
    });
  });

  test(`objects: an operation that ${words} without an answer is done once`, WITH_CEPH, async () => {
    await withPods({}, async ({ place, losses, store }) => {
      const object = makeCollection('a', 70);
      const tag = await store.stage();
      for (const [i, bytes] of object.stripes.entries()) {
        losses.next(`00000001.`, fate);
        await store.writeStripe(tag, i, bytes, object.rows[i]);
      }
      losses.next('x/', fate);
      assert.equal((await store.publish(object.id, object.head(tag))).held, false);
      await assertWhole(store, object);
      const other = await stageObject(store, object);
      losses.next('k/', fate);
      assert.equal(await store.replace(object.id, object.head(other), object.head(tag)), true);
      await assertWhole(store, object);
      losses.next('k/', fate);
      assert.equal(await store.remove(object.id, object.head(other)), true);
      assert.equal(await store.getHead(object.id), undefined);
      const third = await stageObject(store, object);
      losses.next('k/', fate);
      assert.equal((await store.publish(object.id, object.head(third))).held, false);
      await assertWhole(store, object);
      await until('only the object is left', async () => (await leftoversOf(place)).length === 0);
      await assertWhole(store, object);
    });
  });

  test(
    `a publish that ${words} without an answer meets another pod's publish of the same object: one stands, whole`,
    WITH_CEPH,
    async () => {
      await withPods({}, async ({ losses, store, other }) => {
        const object = makeFile('a', 10_000);
        const tag = await stageObject(store, object);
        losses.next('k/', fate);
        let theirs: Promise<boolean> | undefined;
        losses.afterLoss = async () => {
          losses.afterLoss = () => Promise.resolve();
          theirs = storeObject(other, object).then(({ held }) => held);
          await theirs;
        };
        const { held, head } = await store.publish(object.id, object.head(tag));
        assert.equal(held, fate !== 'landed');
        assert.equal(await theirs, fate === 'landed');
        assertSame(await other.getHead(object.id), head, 'head');
        if (held) await store.discard(tag);
        await assertWhole(other, object);
      });
    },
  );
}

test(
  'a publish that landed without an answer and was removed by another pod is not done again',
  WITH_CEPH,
  async () => {
    await withPods({ removalDelayMs: 0, lookMs: 50 }, async ({ place, losses, store, other }) => {
      const object = makeCollection('a', 20);
      const tag = await stageObject(store, object);
      losses.next('k/', 'landed');
      losses.afterLoss = async () => {
        losses.afterLoss = () => Promise.resolve();
        assert.equal(await other.remove(object.id, object.head(tag)), true);
        await until('the data is gone', async () => (await other.readStripe(tag, 0, [])) === undefined);
      };
      assert.equal((await store.publish(object.id, object.head(tag))).held, false);
      assert.equal(await store.getHead(object.id), undefined);
      await until('nothing is left', async () => (await leftoversOf(place)).length === 0);
      assert.equal(await other.getHead(object.id), undefined);
    });
  },
);

test(
  'a publish without an answer in time is ambiguous, keeps its data and lands later',
  WITH_CEPH,
  async () => {
    await withPods({ settleMs: 200 }, async ({ losses, store, ambiguous }) => {
      const object = makeCollection('a', 20);
      const tag = await stageObject(store, object);
      losses.judge = (key) => (key.startsWith('k/') ? 'lost' : undefined);
      assert.equal(await codeOf(store.publish(object.id, object.head(tag))), 'PROVENDER_AMBIGUOUS');
      assert.deepEqual(ambiguous, ['publish']);
      await store.discard(tag); // a caller that gives it up: the data stays all the same
      assert.ok(await store.readStripe(tag, 0, []));
      losses.judge = () => undefined;
      await until('the object is there', async () => (await store.getHead(object.id)) !== undefined);
      await assertWhole(store, object);
      await until('it is counted', () => store.usage().collections === 1);
    });
  },
);

test('data of an ambiguous publish goes when it turns out that another one stands', WITH_CEPH, async () => {
  await withPods({ settleMs: 200 }, async ({ place, losses, store, other }) => {
    const object = makeCollection('a', 20);
    const tag = await stageObject(store, object);
    losses.judge = (key) => (key.startsWith('k/') ? 'lost' : undefined);
    assert.equal(await codeOf(store.publish(object.id, object.head(tag))), 'PROVENDER_AMBIGUOUS');
    await storeObject(other, object);
    losses.judge = () => undefined;
    await until('the own data is gone', async () => (await leftoversOf(place)).length === 0);
    await assertWhole(store, object);
  });
});

test('a chunk without an answer in time is ambiguous and lands later', WITH_CEPH, async () => {
  await withPods({ settleMs: 200 }, async ({ losses, store, other }) => {
    const chunk = makeChunk('a');
    losses.judge = (key) => (key.startsWith('c/') ? 'lost' : undefined);
    assert.equal(await codeOf(store.setChunk(chunk)), 'PROVENDER_AMBIGUOUS');
    losses.judge = () => undefined;
    await until('the chunk is there', async () => (await readChunk(other, chunk.id)) !== undefined);
    await until('it is counted', () => store.usage().chunks === 1);
  });
});

test(
  'a removal without an answer in time does not take what another pod has set since',
  WITH_CEPH,
  async () => {
    await withPods({ settleMs: 200 }, async ({ losses, store, other, ambiguous }) => {
      const chunk = makeChunk('a');
      await store.setChunk(chunk);
      losses.judge = (key) => (key.startsWith('c/') ? 'lost' : undefined);
      assert.equal(await codeOf(store.removeChunk(chunk.id, chunk.head)), 'PROVENDER_AMBIGUOUS');
      assert.deepEqual(ambiguous, ['remove']);
      assert.equal((await other.setChunk(chunk)).held, true);
      losses.judge = () => undefined;
      await until('the search is over', async () => (await store.setChunk(chunk)).held);
      assertSame((await readChunk(other, chunk.id))?.block, chunk.block, 'block');
    });
  },
);

test('a write waits until an earlier one on the same object is found out', WITH_CEPH, async () => {
  await withPods({ settleMs: 200 }, async ({ losses, store, other }) => {
    const [chunk, object] = [makeChunk('a'), makeFile('b', 10_000)];
    const tag = await stageObject(store, object);
    const again = await stageObject(store, object);
    losses.judge = (key) => (/^[ck]\//.test(key) ? 'late' : undefined);
    assert.equal(await codeOf(store.setChunk(chunk)), 'PROVENDER_AMBIGUOUS');
    assert.equal(await codeOf(store.removeChunk(chunk.id, chunk.head)), 'PROVENDER_UNAVAILABLE');
    assert.equal(await codeOf(store.publish(object.id, object.head(tag))), 'PROVENDER_AMBIGUOUS');
    assert.equal(await codeOf(store.publish(object.id, object.head(again))), 'PROVENDER_UNAVAILABLE');
    losses.judge = () => undefined;
    await until('the chunk is removed', () => store.removeChunk(chunk.id, chunk.head));
    assert.equal(await readChunk(other, chunk.id), undefined);
    let standing: Uint8Array | undefined;
    await until('the object is held', async () => {
      const { held, head } = await store.publish(object.id, object.head(again));
      standing = head;
      return held;
    });
    assertSame(standing, object.head(tag), 'the head that landed late');
    await store.discard(again);
    await assertWhole(other, object);
  });
});

test('a stripe without an answer in time fails the upload, and its data goes', WITH_CEPH, async () => {
  await withPods({ settleMs: 200 }, async ({ place, losses, store }) => {
    const object = makeFile('a', 10_000);
    const tag = await store.stage();
    losses.judge = (_, steps) => (steps.some((step) => step.do === 'writeFull') ? 'late' : undefined);
    const [stripe] = object.stripes;
    assert.ok(stripe);
    assert.equal(await codeOf(store.writeStripe(tag, 0, stripe)), 'PROVENDER_UNAVAILABLE');
    losses.judge = () => undefined;
    await store.discard(tag);
    assert.deepEqual(await leftoversOf(place), []);
  });
});

test(
  'a store that closes with an undecided publish leaves data and session to a sweep',
  WITH_CEPH,
  async () => {
    const place = await radosPlace(ceph);
    const losses = new Losses();
    const store = await place.open({
      ...PATIENT,
      settleMs: 100,
      connect: async () => losses.befall(await place.connect()),
      events: {},
    });
    const object = makeFile('a', 10_000);
    const tag = await stageObject(store, object);
    losses.judge = (key) => (key.startsWith('k/') ? 'lost' : undefined);
    assert.equal(await codeOf(store.publish(object.id, object.head(tag))), 'PROVENDER_AMBIGUOUS');
    await store.close();
    await using connection = await place.connect();
    const data = { connection, pool: place.pool, namespace: `${place.namespace}.data` };
    assert.equal((await namesIn(data)).length, 1);
    await using next = await place.open();
    await until('the session is swept', async () => (await namesIn(data)).length === 0);
    assert.equal(await next.getHead(object.id), undefined);
  },
);
