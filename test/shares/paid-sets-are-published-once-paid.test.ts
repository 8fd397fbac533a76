import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import type { PaidSet, StagedShare } from '../../src/shares/shares.ts';
import { TAG_LONE } from '../../src/objects/tag.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import { PAID_CASES, type PaidCase, payment, statOf } from '../support/paid-cases.ts';
import { StepStore } from '../support/step-store.ts';

const UNKNOWN = new ProvenderError('PROVENDER_PAYMENT_UNKNOWN', 'payment state is unknown');

/** What a set has left: objects, bytes, room held back. */
async function assertNothing({ shares }: Awaited<ReturnType<typeof open>>, one: PaidCase): Promise<void> {
  assert.equal(await statOf(shares, one), undefined);
  const { storedBytes, chunks, files, collections, reservedBytes } = shares.usage();
  assert.deepEqual([storedBytes, chunks, files, collections, reservedBytes], [0, 0, 0, 0, 0]);
}

async function open(one: PaidCase) {
  return openShares({ store: new StepStore(), ...one.options });
}

for (const [name, one] of PAID_CASES) {
  test(`${name}: nobody sees it before its payment is committed, everybody after`, async () => {
    await using opened = await open(one);
    const { shares, store } = opened;
    const seen: StagedShare[] = [];
    const outcome = await one.set(
      shares,
      payment(async (share) => {
        seen.push(share);
        assert.equal(await statOf(shares, one), undefined);
        assert.equal(shares.usage().storedBytes, 0);
        assert.equal(store.data.size, one.kind === 'chunk' ? 0 : one.options.stagedRawAboveBytes ? 2 : 1);
      }),
    );
    const { stat, held } = outcome;
    assert.equal(held, false);
    assert.equal(seen.length, 1, 'a payment is committed once');
    assert.deepEqual(seen[0]?.id, stat.id);
    assert.equal(seen[0]?.block?.length, one.kind === 'chunk' ? 4096 : undefined);
    assert.equal(
      seen[0] !== undefined && seen[0].tag.every((byte, i) => byte === TAG_LONE[i]),
      one.kind === 'chunk',
    );
    assert.deepEqual(await statOf(shares, one), stat);
    assert.deepEqual([shares.usage().storedBytes, shares.usage().reservedBytes], [stat.storedBytes, 0]);
    assert.equal(store.data.size, one.kind === 'chunk' ? 0 : 1);
  });

  test(`${name}: a refused payment leaves nothing, and its error is told as it is`, async () => {
    await using opened = await open(one);
    for (const refused of [new ProvenderError('PROVENDER_CONFLICT', 'channel changed'), new Error('no')]) {
      const paid = payment(() => Promise.reject(refused));
      await assert.rejects(one.set(opened.shares, paid), (error) => error === refused);
      await assertNothing(opened, one);
      assert.deepEqual([opened.store.data.size, opened.store.index.size], [0, 0]);
    }
  });

  for (const what of ['publish', 'drop'] as const) {
    test(`${name}: undecided it keeps its data and its room, until it is settled: ${what}`, async () => {
      await using opened = await open(one);
      const { shares, store } = opened;
      let kept: StagedShare | undefined;
      const paid = payment(async (share) => {
        kept = share;
        throw UNKNOWN;
      });
      await assert.rejects(one.set(shares, paid), UNKNOWN);
      assert.ok(kept);
      assert.equal(await statOf(shares, one), undefined);
      assert.equal(store.data.size, one.kind === 'chunk' ? 0 : 1);
      const room = shares.usage().reservedBytes;
      for (const _ of [1, 2]) await shares.settle(kept, what);
      if (what === 'drop') {
        await assertNothing(opened, one);
        assert.deepEqual([store.data.size, store.index.size], [0, 0]);
      } else {
        const stat = await statOf(shares, one);
        assert.equal(room, stat?.storedBytes, 'the room is what the share takes');
        assert.deepEqual([shares.usage().storedBytes, shares.usage().reservedBytes], [room, 0]);
      }
    });

    test(`${name}: it may be settled while its set still waits: ${what}`, async () => {
      await using opened = await open(one);
      const { shares } = opened;
      const paid = payment(async (share) => {
        await shares.settle(share, what);
        throw UNKNOWN;
      });
      await assert.rejects(one.set(shares, paid), UNKNOWN);
      if (what === 'drop') return assertNothing(opened, one);
      const stat = await statOf(shares, one);
      assert.deepEqual([shares.usage().storedBytes, shares.usage().reservedBytes], [stat?.storedBytes, 0]);
    });
  }

  test(`${name}: what is held is not paid for`, async () => {
    await using opened = await open(one);
    const { stat } = await one.set(opened.shares);
    const paid = payment(() => Promise.reject(new Error('asked to pay')));
    assert.deepEqual(await one.set(opened.shares, paid), { ...(await one.set(opened.shares)), held: true });
    assert.equal(opened.store.data.size, one.kind === 'chunk' ? 0 : 1);
    assert.deepEqual(
      [opened.shares.usage().storedBytes, opened.shares.usage().reservedBytes],
      [stat.storedBytes, 0],
    );
  });

  test(`${name}: a store that fails at any step before the payment leaves nothing, and behind it the share`, async () => {
    const failing = new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away');
    for (let target = 1, isLast = false; !isLast; target++) {
      await using opened = await open(one);
      const { shares, store } = opened;
      let steps = 0;
      store.onStep = () => {
        if (++steps === target) throw failing;
      };
      let kept: StagedShare | undefined;
      const paid = payment(async (share) => {
        kept = share;
      });
      const outcome = await one.set(shares, paid).catch((error: unknown) => assert.equal(error, failing));
      if (outcome === undefined && kept === undefined) await assertNothing(opened, one);
      else await assertServed(opened, one, kept);
      isLast = steps < target;
      assert.equal(isLast, outcome !== undefined);
    }
  });

  test(`${name}: of two paid sets at once both are served, and one lies there`, async () => {
    await using opened = await open(one);
    const { shares, store } = opened;
    let waiting = 0;
    let go: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (go = resolve));
    const paid = (operation: number): PaidSet =>
      payment(async () => {
        if (++waiting === 2) go();
        await both;
      }, operation);
    const outcomes = await Promise.all([one.set(shares, paid(1)), one.set(shares, paid(2))]);
    assert.equal(outcomes.filter(({ held }) => held).length, 1);
    const { storedBytes, reservedBytes } = shares.usage();
    assert.deepEqual([storedBytes, reservedBytes], [outcomes[0].stat.storedBytes, 0]);
    assert.equal(store.data.size, one.kind === 'chunk' ? 0 : 1);
  });
}

/** What is paid is published, at the latest when somebody settles it. */
async function assertServed(
  { shares, store }: Awaited<ReturnType<typeof open>>,
  one: PaidCase,
  kept: StagedShare | undefined,
): Promise<void> {
  assert.ok(kept);
  store.onStep = () => undefined;
  const before = shares.usage();
  await shares.settle(kept, 'publish');
  const stat = await statOf(shares, one);
  assert.ok(stat);
  assert.equal(before.storedBytes + before.reservedBytes, stat.storedBytes, 'its room was kept');
  assert.deepEqual([shares.usage().storedBytes, shares.usage().reservedBytes], [stat.storedBytes, 0]);
}

test('what is paid and could not be published is published before the next set', async () => {
  const [, one] = PAID_CASES.find(([, { kind }]) => kind === 'file') ?? assert.fail();
  await using opened = await open(one);
  const { shares, store } = opened;
  store.onStep = (step) => {
    if (step === 'publish') throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away');
  };
  await assert.rejects(one.set(shares, payment()), (error) =>
    isProvenderError(error, 'PROVENDER_UNAVAILABLE'),
  );
  assert.equal(await statOf(shares, one), undefined);
  store.onStep = () => undefined;
  const { held } = await one.set(
    shares,
    payment(() => Promise.reject(new Error('paid twice')), 2),
  );
  assert.equal(held, true);
  assert.equal(shares.usage().reservedBytes, 0);
});

for (const adapter of ['level', 'files'] as const) {
  test(`${adapter}: usage is exact whatever became of paid sets`, async () => {
    for (const [, one] of PAID_CASES) {
      await using under = await (TEST_STORES[adapter] ?? assert.fail)();
      await using opened = await openShares({ store: under.store, ...one.options });
      const { shares } = opened;
      await assert.rejects(
        one.set(
          shares,
          payment(() => Promise.reject(UNKNOWN), 1),
        ),
        UNKNOWN,
      );
      const room = shares.usage().reservedBytes;
      const { stat } = await one.set(shares, payment(undefined, 2));
      assert.equal(room, stat.storedBytes);
      assert.deepEqual([shares.usage().storedBytes, shares.usage().reservedBytes], [room, room]);
    }
  });
}
