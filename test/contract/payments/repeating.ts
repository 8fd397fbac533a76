import assert from 'node:assert/strict';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { filled } from '../../support/payment-fixtures.ts';
import { aCall, aMark, pay, paying, started, type WorldReplica } from '../../support/payment-world.ts';
import type { Behaviour } from './harness.ts';

/** Calls that were paid and not delivered. @see payment-channels.md, section 7, "Repeat" */
export function repeats(behaviour: Behaviour): void {
  rights(behaviour);
  noRights(behaviour);
}

const unpaid = { message: 'income 0 does not equal to price 10' };

function rights(behaviour: Behaviour): void {
  behaviour(
    'a fault of the server behind the commit lets the identical payment be repeated once, on any replica',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      await assert.rejects(faultBehindCommit(one, 10n), /the disk is gone/);
      await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
      const tx = await started(two, 10n);
      assert.equal(tx.income, 0n);
      await tx.commit();
      assert.equal((await world.record())?.repeat, false);
      await assert.rejects(pay(one, 10n), unpaid);
      await pay(one, 20n);
    },
  );

  behaviour('a repeat that fails as well may be repeated', async (world) => {
    const replica = await world.replica(1);
    for (let times = 0; times < 3; times++) {
      await assert.rejects(faultBehindCommit(replica, 10n), /the disk is gone/);
      await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
    }
    await pay(replica, 10n);
    await assert.rejects(pay(replica, 10n), unpaid);
  });

  behaviour('a repeat that is rolled back keeps the right', async (world) => {
    const replica = await world.replica(1);
    await assert.rejects(faultBehindCommit(replica, 10n), /the disk is gone/);
    await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
    await (await started(replica, 10n)).rollback();
    await pay(replica, 10n);
  });

  behaviour('the right is granted behind a call that has the channel and does not pay', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    const tx = await started(one, 10n);
    await tx.commit();
    const other = await started(two, 20n);
    await tx.failed();
    await one.clock.advance(1000);
    assert.equal((await world.record())?.repeat, false);
    await other.rollback();
    await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
  });

  behaviour('a right without an answer is granted once', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'repeat', ['lost', 'unanswered']);
    await assert.rejects(faultBehindCommit(replica, 10n), /the disk is gone/);
    await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
    await pay(replica, 10n);
    await assert.rejects(pay(replica, 10n), unpaid);
  });

  behaviour('an upload that was paid and could not be published is published later', async (world) => {
    const replica = await world.replica(1);
    const run = replica.payments.run(paying(10n), aCall(), async (tx) => {
      await tx.commit(aMark(1));
      throw new Error('the disk is gone');
    });
    await assert.rejects(run, /the disk is gone/);
    await world.until('the mark has gone', async () => (await world.marks()) === 0);
    assert.deepEqual(replica.witness.published, [aMark(1)]);
    await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
  });
}

function noRights(behaviour: Behaviour): void {
  behaviour('the right is for the same request alone, and for the same amount', async (world) => {
    const replica = await world.replica(1);
    await assert.rejects(faultBehindCommit(replica, 10n), /the disk is gone/);
    await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
    await assert.rejects(pay(replica, 10n, aCall({ request: filled(32, 3) })), unpaid);
    await pay(replica, 20n);
    await assert.rejects(pay(replica, 10n), { message: 'income -10 does not equal to price 10' });
  });

  behaviour('a later payment ends the right before it is granted', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    const tx = await started(one, 10n);
    await tx.commit();
    await pay(two, 20n);
    await tx.failed();
    await one.clock.advance(5000);
    assert.equal((await world.record())?.repeat, false);
    await assert.rejects(pay(two, 20n), unpaid);
  });

  behaviour('a cancel by the client gives no right', async (world) => {
    const replica = await world.replica(1);
    const cancel = new AbortController();
    for (const [amount, error] of [
      [10n, new ProvenderError('PROVENDER_CANCELLED', 'the client went away')],
      [20n, new Error('the stream broke')],
    ] as const) {
      const run = replica.payments.run(paying(amount), aCall({ signal: cancel.signal }), async (tx) => {
        await tx.commit();
        if (amount === 20n) cancel.abort(new ProvenderError('PROVENDER_CANCELLED', 'the client went away'));
        throw error;
      });
      await assert.rejects(run, error);
      await replica.clock.advance(5000);
      assert.equal((await world.record())?.repeat, false);
    }
  });

  behaviour('a rolled back call gives no right', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    await tx.failed();
    assert.equal(await world.isLocked(), false);
    assert.equal(await world.record(), undefined);
  });
}

function faultBehindCommit({ payments }: WorldReplica, amount: bigint): Promise<void> {
  return payments.run(paying(amount), aCall(), async (tx) => {
    await tx.commit();
    throw new Error('the disk is gone');
  });
}
