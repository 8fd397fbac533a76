import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { EmbeddedOptions } from '../../src/objects/embedded/options.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { makeTag, tagName } from '../../src/objects/tag.ts';
import { MemoryMarks, operationOf } from '../support/payment-marks.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { makeCollection, makeFile, preparePaid } from '../support/store-objects.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';
import { assertGone, assertWhole, recount } from '../support/store-reading.ts';

const OBJECT = makeCollection('paid', 70);
const OPERATION = operationOf(1);

/** A folder whose store is opened again and again. */
class Place implements AsyncDisposable {
  readonly #adapter: StoreAdapter;
  readonly #scratch: Awaited<ReturnType<typeof openScratch>>;
  readonly reported: string[] = [];

  private constructor(adapter: StoreAdapter, scratch: Awaited<ReturnType<typeof openScratch>>) {
    this.#adapter = adapter;
    this.#scratch = scratch;
  }

  static async make(adapter: StoreAdapter): Promise<Place> {
    return new Place(adapter, await openScratch());
  }

  open(options: Partial<EmbeddedOptions> = {}): Promise<ObjectStore> {
    const events = {
      paidDataKept: ({ tag, operation }: { tag: string; operation: string }) =>
        void this.reported.push(`${tag} ${operation}`),
    };
    return this.#adapter.open({ directory: this.#scratch.at('store'), reserveBytes: 0, events, ...options });
  }

  /** Prepares the object and closes: nobody has decided. */
  async prepare(): Promise<Awaited<ReturnType<typeof preparePaid>>> {
    await using store = await this.open();
    return await preparePaid(store, OBJECT, OPERATION);
  }

  /** What lies there under no head, when the store is closed. */
  async leftovers(): Promise<string[]> {
    return leftovers(await readRaw(this.#adapter.name, this.#scratch.at('store')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}

for (const adapter of EMBEDDED) {
  const { name } = adapter;

  for (const what of ['publish', 'drop'] as const) {
    test(`${name}: with nobody to ask it is kept, reported and counted, until it is settled: ${what}`, async () => {
      await using place = await Place.make(adapter);
      const { tag, head } = await place.prepare();
      for (const opening of [1, 2]) {
        await using store = await place.open();
        assert.equal(place.reported.length, opening);
        assert.equal(await store.getHead(OBJECT.id), undefined);
      }
      assert.equal(place.reported[0], `${tagName(tag)} ${Buffer.from(OPERATION).toString('hex')}`);
      const store = await place.open();
      const { undecidedBytes, ...before } = store.usage();
      assert.deepEqual(before, await recount(store), 'it is not counted as stored');
      for (const _ of [1, 2]) await store.settle(OBJECT.id, head, what);
      assert.deepEqual(store.usage(), await recount(store));
      if (what === 'publish') {
        await assertWhole(store, OBJECT);
        assert.equal(store.usage().storedBytes, undecidedBytes, 'what was counted is what it takes');
      } else await assertGone(store, OBJECT, tag);
      await store.close();
      assert.deepEqual(await place.leftovers(), []);
    });
  }

  test(`${name}: a mark that cannot be read ends the open, and the next one decides`, async () => {
    await using place = await Place.make(adapter);
    const { head, tag } = await place.prepare();
    const away = new ProvenderError('PROVENDER_UNAVAILABLE', 'no quorum');
    const marks = { dropOrPublish: () => Promise.reject(away) };
    await assert.rejects(place.open({ marks }), away);
    const there = new MemoryMarks();
    await there.pay(OPERATION, { tag, head });
    await using store = await place.open({ marks: there });
    await assertWhole(store, OBJECT);
    assert.deepEqual(store.usage(), await recount(store));
  });

  test(`${name}: a payment for other data publishes nothing`, async () => {
    await using place = await Place.make(adapter);
    const { tag } = await place.prepare();
    const marks = new MemoryMarks();
    const other = makeTag(9, 9);
    await marks.pay(OPERATION, { tag: other, head: OBJECT.head(other) });
    await using store = await place.open({ marks });
    await assertGone(store, OBJECT, tag);
  });

  test(`${name}: a payment that names another head than was prepared leaves all as it is, and is reported`, async () => {
    await using place = await Place.make(adapter);
    const { tag } = await place.prepare();
    const marks = new MemoryMarks();
    await marks.pay(OPERATION, { tag, head: makeFile('other', 1).head(tag) });
    await using store = await place.open({ marks });
    assert.equal(place.reported.length, 1);
    assert.equal(await store.getHead(OBJECT.id), undefined);
    assert.notEqual(await store.readStripe(tag, 0, []), undefined);
  });

  test(`${name}: what was being deleted is not published, whatever its mark says`, async () => {
    await using place = await Place.make(adapter);
    const stop = (step: string): void => {
      if (step === 'drop: rows') throw new Error('the power is gone');
    };
    const store = await place.open({ onStep: stop });
    const { tag, head } = await preparePaid(store, OBJECT, OPERATION);
    await store.discard(tag);
    await store.close();
    assert.notDeepEqual(await place.leftovers(), [], 'it was not yet gone');
    const marks = new MemoryMarks();
    await marks.pay(OPERATION, { tag, head });
    const again = await place.open({ marks });
    await assertGone(again, OBJECT, tag);
    assert.deepEqual(marks.asked, []);
    await again.close();
    assert.deepEqual(await place.leftovers(), []);
  });
}
