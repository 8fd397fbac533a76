import assert from 'node:assert/strict';
import { unlock } from '../../../src/payments/inspection.ts';
import { filled, VIEW } from '../../support/payment-fixtures.ts';
import { aMark, pay, type PaymentWorld, started, type WorldReplica } from '../../support/payment-world.ts';
import type { Behaviour } from './harness.ts';

/** Commits that get no clear answer: (a) to (d) of section 7, and what comes after 5 s. */
export function commits(behaviour: Behaviour): void {
  decidedInTime(behaviour);
  decidedByHistory(behaviour);
  decidedLater(behaviour);
  neverTaken(behaviour);
}

function decidedInTime(behaviour: Behaviour): void {
  behaviour('(a) a commit that was applied without an answer is found by its operation', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'commit', ['unanswered']);
    await world.settled(pay(replica, 10n));
    assert.deepEqual(world.sent(replica), ['lock', 'commit', 'check']);
    assert.deepEqual(replica.witness.events.slice(-2), ['ambiguous commit', 'paid']);
  });

  behaviour('(b) a commit that was lost is sent again', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'commit', ['lost', 'refused']);
    await world.settled(pay(replica, 10n));
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });

  behaviour('a commit that was sent twice is applied once', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'commit', ['late']);
    await world.settled(pay(replica, 10n));
    const before = await world.store.get(world.keys.channel(VIEW.channelId));
    await replica.state.applyLate();
    assert.deepEqual(await world.store.get(world.keys.channel(VIEW.channelId)), before);
    assert.equal(await world.isLocked(), false);
  });

  behaviour('(c) a commit whose lock was taken away is refused for good', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    world.meet(replica, 'commit', ['late']);
    await operatorUnlocks(world);
    await assert.rejects(world.settled(tx.commit()), updated);
    await replica.state.applyLate();
    assert.equal(await world.record(), undefined);
    await pay(replica, 10n);
  });

  behaviour(
    'a commit is refused when the record has changed beside the lock, as Finish may do',
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 10n);
      const tx = await started(replica, 20n);
      const key = world.keys.channel(VIEW.channelId);
      const record = await world.store.get(key);
      assert.ok(record);
      await world.store.txn({ then: [{ put: key, value: record.value }] });
      await assert.rejects(tx.commit(), updated);
      assert.equal((await world.record())?.authorizedAmount, 10n);
      assert.equal(await world.isLocked(), false);
    },
  );

  behaviour('a commit that is refused at once gives its lock back', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    const key = world.keys.paid(tx.op);
    await world.store.txn({ then: [{ put: key, value: new TextEncoder().encode('drop') }] });
    await assert.rejects(tx.commit(aMark(1)), updated);
    assert.equal(await world.isLocked(), false);
    assert.equal(await world.record(), undefined);
  });

  behaviour('a commit without an answer whose data was dropped since is refused for good', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    const key = world.keys.paid(tx.op);
    await world.store.txn({ then: [{ put: key, value: new TextEncoder().encode('drop') }] });
    world.meet(replica, 'commit', ['lost']);
    await assert.rejects(world.settled(tx.commit(aMark(1))), updated);
    assert.equal(await world.isLocked(), false);
  });
}

function decidedByHistory(behaviour: Behaviour): void {
  behaviour(
    '(d) a commit that was applied and overwritten since is found in the history (security test 24)',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const { commit } = await committedUnseen(world, one, 'unanswered');
      await pay(two, 20n);
      await pay(two, 30n);
      seesAgain(one);
      await world.settled(commit);
      assert.equal(one.witness.events.at(-1), 'paid');
      assert.equal((await world.record())?.authorizedAmount, 30n);
    },
  );

  behaviour('(d) a commit that was not applied before another one is refused', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    const { commit } = await committedUnseen(world, one, 'late');
    await operatorUnlocks(world);
    await pay(two, 10n);
    seesAgain(one);
    await assert.rejects(world.settled(commit), updated);
    await one.state.applyLate();
    assert.equal((await world.record())?.by, 2);
  });

  behaviour('an upload whose record was overwritten is found by its mark, without history', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    one.state.isCompacted = true;
    const { commit } = await committedUnseen(world, one, 'unanswered', true);
    await pay(two, 20n);
    seesAgain(one);
    await world.settled(commit);
    assert.equal(one.witness.events.at(-1), 'paid');
  });

  behaviour(
    'an upload that its successor has published, and that was overwritten, is found in the history',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const { commit } = await committedUnseen(world, one, 'unanswered', true);
      await pay(two, 20n);
      const [mark] = (await world.store.range(world.keys.paidMarks)).records;
      assert.ok(mark);
      await world.store.txn({ then: [{ delete: mark.key }] });
      seesAgain(one);
      await world.settled(commit);
      assert.equal(one.witness.events.at(-1), 'paid');
    },
  );

  behaviour('where the history is gone, a payment is unknown and its data stays', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    one.state.isCompacted = true;
    const { commit } = await committedUnseen(world, one, 'unanswered');
    await pay(two, 20n);
    seesAgain(one);
    await assert.rejects(world.settled(commit), unknown);
    await world.until('it is decided', () => one.witness.outcomes.length > 0);
    assert.deepEqual(one.witness.outcomes, ['unknown']);
    await pay(one, 30n);
  });
}

function decidedLater(behaviour: Behaviour): void {
  behaviour(
    'a commit applied after the caller was told "unknown" is published and may be repeated',
    async (world) => {
      const replica = await world.replica(1);
      await undecided(world, replica);
      await replica.state.applyLate();
      assert.equal((await world.record())?.authorizedAmount, 10n);
      seesAgain(replica);
      await world.until('the call may be repeated', async () => (await world.record())?.repeat === true);
      await world.until('the mark has gone', async () => (await world.marks()) === 0);
      assert.deepEqual(replica.witness.outcomes, ['paid']);
      assert.deepEqual(replica.witness.published, [aMark(1)]);
      assert.equal(await world.isLocked(), false);
      await pay(replica, 10n);
      await assert.rejects(pay(replica, 10n), { message: 'income 0 does not equal to price 10' });
    },
  );

  behaviour(
    'a commit that comes behind the decision is not applied, and its data is dropped',
    async (world) => {
      const replica = await world.replica(1);
      await undecided(world, replica);
      seesAgain(replica);
      await world.until('it is decided', () => replica.witness.outcomes.length > 0);
      assert.deepEqual(replica.witness.outcomes, ['not paid']);
      while (replica.state.late > 0) await replica.state.applyLate();
      assert.equal(await world.record(), undefined);
      await world.until('the data is dropped', () => replica.witness.dropped.length > 0);
      assert.deepEqual(replica.witness.dropped, [aMark(1)]);
      assert.equal(await world.marks(), 0);
      await pay(replica, 10n);
    },
  );

  behaviour('while a payment is undecided, its replica takes no other on the channel', async (world) => {
    const replica = await world.replica(1);
    await undecided(world, replica);
    await assert.rejects(pay(replica, 10n), { code: 'PROVENDER_CHANNEL_BUSY' });
    seesAgain(replica);
    await world.until('it is decided', () => replica.witness.outcomes.length > 0);
  });

  behaviour('a commit that is never answered is given up after 5 s, and found out', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    world.meet(replica, 'commit', ['hanging']);
    await assert.rejects(world.settled(tx.commit()), unknown);
    await world.until('it is decided', () => replica.witness.outcomes.length > 0);
    assert.deepEqual(replica.witness.outcomes, ['not paid']);
  });
}

function neverTaken(behaviour: Behaviour): void {
  behaviour(
    'a store that refuses the commit for 5 s leaves the call unpaid, and that is no secret',
    async (world) => {
      const replica = await world.replica(1);
      const tx = await started(replica, 10n);
      const before = replica.state.faults;
      replica.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? 'refused' : before(txn));
      await assert.rejects(world.settled(tx.commit()), { code: 'PROVENDER_UNAVAILABLE' });
      replica.state.faults = before;
      assert.equal(await world.isLocked(), false);
      assert.equal(await world.record(), undefined);
      await pay(replica, 10n);
    },
  );

  behaviour('nothing rolls a commit back once it was sent', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    world.meet(replica, 'commit', ['late']);
    const commit = tx.commit();
    await tx.rollback();
    await tx.failed();
    await world.settled(commit);
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });

  behaviour(
    'a commit that cannot be written is refused before it is sent, and frees the channel',
    async (world) => {
      const replica = await world.replica(1);
      const tx = await started(replica, 10n);
      await assert.rejects(tx.commit({ ...aMark(1), objectId: filled(3, 1) }), { code: 'PROVENDER_INVALID' });
      assert.equal(world.sent(replica).includes('commit'), false);
      assert.equal(await world.isLocked(), false);
      await pay(replica, 10n);
    },
  );

  behaviour('nothing is committed behind a rollback', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    await tx.rollback();
    await assert.rejects(tx.commit(), { code: 'PROVENDER_INTERNAL' });
    assert.equal(await world.record(), undefined);
  });
}

const updated = {
  code: 'PROVENDER_CONFLICT',
  message: 'state of payment channel was concurrently updated, channel id: 42',
};
const unknown = {
  code: 'PROVENDER_PAYMENT_UNKNOWN',
  message: 'payment state is unknown, channel id: 42',
};

async function operatorUnlocks(world: PaymentWorld): Promise<void> {
  const lock = await world.store.get(world.keys.lock(VIEW.channelId));
  assert.ok(lock);
  const { channelId } = VIEW;
  assert.equal(await unlock({ state: world.store, keys: world.keys }, { channelId, ...lock }), true);
}

/** A commit that has met its fate while its replica cannot read what came of it. */
async function committedUnseen(
  world: PaymentWorld,
  replica: WorldReplica,
  fate: 'unanswered' | 'late',
  isUpload = false,
): Promise<{ readonly commit: Promise<void> }> {
  const tx = await started(replica, 10n);
  replica.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? fate : 'refused');
  const commit = tx.commit(isUpload ? aMark(replica.id) : undefined);
  commit.catch(() => undefined); // looked at later
  await world.until('the commit was sent', () => world.sent(replica).includes('check'));
  return { commit };
}

function seesAgain({ state }: WorldReplica): void {
  state.faults = () => 'ok';
}

/** A call that was answered with "unknown"; its replica sees nothing of the store yet. */
async function undecided(world: PaymentWorld, replica: WorldReplica): Promise<void> {
  const tx = await started(replica, 10n);
  replica.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? 'late' : 'refused');
  await assert.rejects(world.settled(tx.commit(aMark(replica.id))), unknown);
}
