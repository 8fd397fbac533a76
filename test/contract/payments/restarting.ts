import assert from 'node:assert/strict';
import { PaymentMarksStore } from '../../../src/payments/paid-marks.ts';
import { parseTag } from '../../../src/objects/tag.ts';
import { filled } from '../../support/payment-fixtures.ts';
import { aCall, aMark, pay, paying, started } from '../../support/payment-world.ts';
import { FaultyState } from '../../support/faulty-state.ts';
import type { Behaviour } from './harness.ts';

/** What a process finds that its predecessor left. */
export function restarts(behaviour: Behaviour): void {
  locksAndLives(behaviour);
  marks(behaviour);
  prices(behaviour);
}

function locksAndLives(behaviour: Behaviour): void {
  behaviour(
    'a replica that starts again frees what it had locked; a late commit of then is not applied',
    async (world) => {
      const killed = await world.replica(1);
      const tx = await started(killed, 10n);
      killed.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? 'late' : 'refused');
      tx.commit(aMark(1)).catch(() => undefined); // the process is gone, and nobody hears of it
      const again = await world.replica(1);
      await killed.state.applyLate();
      assert.equal(await world.isLocked(), false);
      assert.equal(await world.record(), undefined);
      assert.equal(await world.marks(), 0);
      await pay(again, 10n);
    },
  );

  behaviour('the locks of others stay when a replica starts', async (world) => {
    const one = await world.replica(1);
    const tx = await started(one, 10n);
    await world.replica(2);
    await tx.commit();
    assert.equal((await world.record())?.by, 1);
  });

  behaviour('a lock request of the old process finds its lease gone', async (world) => {
    const killed = await world.replica(1);
    killed.state.faults = (txn) => (world.kindOf(txn) === 'lock' ? 'late' : 'refused');
    pay(killed, 10n).catch(() => undefined); // the process is gone
    await world.until('it was sent', () => killed.state.late > 0);
    await world.replica(1);
    await killed.state.applyLate();
    assert.equal(await world.isLocked(), false);
  });
}

function marks(behaviour: Behaviour): void {
  behaviour(
    'a paid upload that was not published is published by the next process of its replica',
    async (world) => {
      const killed = await world.replica(1);
      const tx = await started(killed, 10n);
      await tx.commit(aMark(1, 5));
      const other = await world.replica(2);
      assert.equal(await world.marks(), 1, 'it is not for others');
      const again = await world.replica(1);
      await world.until('the mark has gone', async () => (await world.marks()) === 0);
      assert.deepEqual(again.witness.published, [aMark(1, 5)]);
      assert.deepEqual(other.witness.published, []);
    },
  );

  behaviour('a mark stays until its data is published, however often that fails', async (world) => {
    const killed = await world.replica(1);
    const tx = await started(killed, 10n);
    await tx.commit(aMark(1));
    const replica = await world.replica(1, {
      staged: { publish: () => Promise.reject(new Error('the disk is full')), drop: async () => undefined },
    });
    await world.until('it was tried twice', () => replica.witness.failures.length >= 2);
    assert.equal(await world.marks(), 1);
    const again = await world.replica(1);
    await world.until('the mark has gone', async () => (await world.marks()) === 0);
    assert.equal(again.witness.published.length, 1);
  });

  behaviour('whoever comes first decides about staged data: the commit', async (world) => {
    const replica = await world.replica(1);
    const { store: state, keys } = world;
    const questions = new PaymentMarksStore({ state, keys });
    const tx = await started(replica, 10n);
    const mark = aMark(1);
    await tx.commit(mark);
    for (let times = 0; times < 2; times++)
      assert.deepEqual(await questions.dropOrPublish(tx.op), {
        is: 'paid',
        tag: parseTag(mark.tag),
        head: mark.head,
      });
  });

  behaviour('whoever comes first decides about staged data: a sweeper', async (world) => {
    const replica = await world.replica(1);
    const state = new FaultyState(world.store);
    const { keys } = world;
    const questions = new PaymentMarksStore({ state, keys });
    const tx = await started(replica, 10n);
    const fates = ['lost', 'unanswered'] as const;
    let asked = 0;
    state.faults = () => fates[asked++] ?? 'ok';
    assert.deepEqual(await questions.dropOrPublish(tx.op), { is: 'drop' });
    await assert.rejects(tx.commit(aMark(1)), { code: 'PROVENDER_CONFLICT' });
    assert.deepEqual(await questions.dropOrPublish(tx.op), { is: 'drop' });
  });

  behaviour(
    'a mark that only says "dropped" goes when no commit can come any more, and not before',
    async (world) => {
      const { store: state, keys } = world;
      const questions = new PaymentMarksStore({ state, keys });
      const one = await world.replica(1);
      const tx = await started(one, 10n);
      await questions.dropOrPublish(tx.op);
      await questions.dropOrPublish(filled(16, 9));
      await world.replica(2);
      const left = (await state.range(keys.paidMarks)).records.map(({ key }) => key);
      assert.deepEqual(left, [keys.paid(tx.op)]);
      await tx.rollback();
      await world.replica(3);
      assert.equal(await world.marks(), 0);
    },
  );
}

function prices(behaviour: Behaviour): void {
  behaviour('a version of the prices has one content for ever', async (world) => {
    const price = { perCall: 1n, perKiB: 2n };
    const schedule = { version: 7, default: { perCall: 0n, perKiB: 0n }, methods: { SetFile: price } };
    await world.replica(1);
    await world.replica(2);
    await assert.rejects(world.replica(4, { schedule }), {
      code: 'PROVENDER_CONFIG',
      message: /^price schedule 7: /,
    });
    const replica = await world.replica(4, { schedule: { ...schedule, version: 8 } });
    await replica.payments.run(paying(10n), aCall(), async () => undefined);
    assert.equal((await world.record())?.schedule, 8);
  });
}
