import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagName } from '../../../src/objects/tag.ts';
import { MemoryMarks, operationOf } from '../../support/payment-marks.ts';
import {
  makeCollection,
  makeFile,
  type PaidObject,
  preparePaid,
  type StoredObject,
  stageObject,
  storeObject,
} from '../../support/store-objects.ts';
import { assertGone, assertSame, assertWhole, codeOf, recount } from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

const KINDS: readonly (readonly [string, () => StoredObject])[] = [
  ['file', () => makeFile('paid', 2 ** 22 + 1)],
  ['collection', () => makeCollection('paid', 70)],
];

/** @see object-layout.md, section 5, "Paid upload" */
export function paidUploads(harness: StoreHarness): void {
  const { name, open, exactUsage } = harness;

  for (const [kind, make] of KINDS) {
    test(`${name}: a paid ${kind} does not exist while its payment is committed, then it is whole`, async () => {
      await using opened = await open();
      const { store } = opened;
      const object = make();
      const { head } = await preparePaid(store, object, operationOf(1));
      assert.equal(await store.getHead(object.id), undefined);
      if (exactUsage) assert.equal(store.usage().storedBytes, 0);
      assert.equal((await store.publish(object.id, head)).held, false);
      await assertWhole(store, object);
      if (exactUsage) assert.deepEqual(store.usage(), await recount(store));
    });

    test(`${name}: a paid ${kind} is settled either way, and again without harm`, async () => {
      await using opened = await open();
      const { store } = opened;
      const object = make();
      const dropped = await preparePaid(store, object, operationOf(1));
      for (const what of ['drop', 'drop', 'publish'] as const) {
        await store.settle(object.id, dropped.head, what);
        await assertGone(store, object, dropped.tag);
      }
      const paid = await preparePaid(store, object, operationOf(2));
      for (const what of ['publish', 'publish', 'drop'] as const) {
        await store.settle(object.id, paid.head, what);
        await assertWhole(store, object);
      }
      if (exactUsage) assert.deepEqual(store.usage(), await recount(store));
    });
  }

  test(`${name}: what is held is found before it is paid for`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('held', 10_000);
    const { head } = await storeObject(store, object);
    const tag = await stageObject(store, object, { operation: operationOf(1) });
    const prepared = await store.prepare(object.id, object.head(tag));
    assert.equal(prepared.held, true);
    assertSame(prepared.head, head, 'the head that stands');
    await store.discard(tag);
    await assertWhole(store, object);
  });

  test(`${name}: of two paid uploads of one id both are served, and the data of one goes`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeCollection('twice', 5);
    const first = await preparePaid(store, object, operationOf(1));
    const second = await preparePaid(store, object, operationOf(2));
    await store.settle(object.id, second.head, 'publish');
    await store.settle(object.id, first.head, 'publish');
    assertSame(await store.getHead(object.id), second.head, 'the head that stands');
    await assertWhole(store, object);
    await until(
      'the other data is gone',
      async () => (await store.readStripe(first.tag, 0, [])) === undefined,
    );
  });

  test(`${name}: what was published and removed does not come back`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('removed', 10_000);
    const { tag, head } = await preparePaid(store, object, operationOf(1));
    await store.settle(object.id, head, 'publish');
    assert.equal(await store.remove(object.id, head), true);
    await store.settle(object.id, head, 'publish');
    await until('nothing is left', async () => {
      await assertGone(store, object, tag);
      return true;
    });
  });

  test(`${name}: the operation of a payment has 16 bytes, and what is not staged is not prepared`, async () => {
    await using opened = await open();
    const { store } = opened;
    assert.equal(await codeOf(store.stage({ operation: new Uint8Array(15) })), 'PROVENDER_INVALID');
    const object = makeFile('unknown', 1);
    const tag = await stageObject(store, object, { id: object.id, operation: operationOf(1) });
    await store.discard(tag);
    assert.equal(await codeOf(store.prepare(object.id, object.head(tag))), 'PROVENDER_CONFLICT');
  });

  if (harness.durable) durable(harness);
}

function durable({ name, open, exactUsage }: StoreHarness): void {
  test(`${name}: the next opening publishes what was paid, and drops the rest`, async () => {
    const marks = new MemoryMarks();
    await using opened = await open({ marks });
    const { store } = opened;
    const paid: PaidObject[] = [];
    for (const [i, [, make]] of KINDS.entries()) {
      const prepared = await preparePaid(store, make(), operationOf(i));
      assert.equal(await marks.pay(operationOf(i), prepared), true);
      paid.push(prepared);
    }
    const unpaid = await preparePaid(store, makeCollection('unpaid', 9), operationOf(7));
    const begun = makeFile('begun', 5000);
    const begunTag = await stageObject(store, begun, { operation: operationOf(8) });
    const again = await opened.reopen();
    await until('all is decided', async () => {
      for (const { object } of paid) await assertWhole(again, object);
      await assertGone(again, unpaid.object, unpaid.tag);
      await assertGone(again, begun, begunTag);
      return true;
    });
    assert.equal(await marks.pay(operationOf(7), unpaid), false, 'who comes too late pays nothing');
    for (const { object, head } of paid) {
      await again.settle(object.id, head, 'publish');
      await assertWhole(again, object);
    }
    if (exactUsage) assert.deepEqual(again.usage(), await recount(again));
  });

  test(`${name}: what was paid for and is held under another head goes at the next opening`, async () => {
    const marks = new MemoryMarks();
    await using opened = await open({ marks });
    const { store } = opened;
    const object = makeCollection('held', 3);
    const late = await preparePaid(store, object, operationOf(1));
    const { tag } = await storeObject(store, object);
    assert.notEqual(tagName(tag), tagName(late.tag));
    await marks.pay(operationOf(1), late);
    const again = await opened.reopen();
    await until(
      'the other data is gone',
      async () => (await again.readStripe(late.tag, 0, [])) === undefined,
    );
    await again.settle(object.id, late.head, 'publish');
    await assertWhole(again, object);
  });
}
