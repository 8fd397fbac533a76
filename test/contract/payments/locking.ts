import assert from 'node:assert/strict';
import { aCall, pay, type PaymentWorld, started, type WorldReplica } from '../../support/payment-world.ts';
import type { Behaviour } from './harness.ts';

/** Requests for a lock that get no clear answer. */
export function lockRequests(behaviour: Behaviour): void {
  behaviour('a lock request that was lost is sent again', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'lock', ['lost']);
    await world.settled(pay(replica, 10n));
    assert.deepEqual(world.sent(replica), ['lock', 'check', 'lock', 'commit']);
  });

  behaviour('a lock request that was applied without an answer is found', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'lock', ['unanswered']);
    await world.settled(pay(replica, 10n));
    assert.deepEqual(world.sent(replica), ['lock', 'check', 'commit']);
  });

  behaviour('a store that refuses the lock request ends the call at once', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'lock', ['refused']);
    await assert.rejects(pay(replica, 10n), noMutex);
    assert.deepEqual(world.sent(replica), ['lock']);
    await pay(replica, 10n);
  });

  behaviour(
    'without a clear answer for 5 s a call is refused, and a lock that comes later is reaped',
    async (world) => {
      const replica = await world.replica(1);
      const { call } = await givenUp(world, replica);
      await assert.rejects(call, noMutex);
      const requests = replica.state.late;
      assert.ok(requests > 1, 'it was sent again');
      for (let left = requests; left > 0; left--) {
        await replica.state.applyLate();
        await world.until('the lock has gone', async () => !(await world.isLocked()));
      }
      const reaped = (): number => replica.witness.events.filter((event) => event === 'reaped').length;
      await world.until('all were reaped', () => reaped() === requests);
      await pay(replica, 10n);
    },
  );

  behaviour(
    'a lock that comes while no event tells of it is found by the look through all of them',
    async (world) => {
      const replica = await world.replica(1);
      const { call } = await givenUp(world, replica);
      await assert.rejects(call, noMutex);
      // an event that is seen and a deletion that fails are as good as no event
      world.meet(replica, 'unlock', ['lost', 'refused', 'lost']);
      await replica.state.applyLate();
      await world.until('the lock has gone', async () => !(await world.isLocked()));
    },
  );

  behaviour(
    'a lock request that never gets an answer is given up, and reaped when it comes',
    async (world) => {
      const replica = await world.replica(1);
      world.meet(replica, 'lock', ['hanging']);
      await assert.rejects(world.settled(pay(replica, 10n)), noMutex);
      await replica.state.applyLate();
      await world.until('the lock has gone', async () => !(await world.isLocked()));
      await pay(replica, 10n);
    },
  );

  behaviour('a request that comes again after its call has ended leaves no lock', async (world) => {
    const replica = await world.replica(1);
    world.meet(replica, 'lock', ['late']);
    await world.settled(pay(replica, 10n));
    assert.equal(replica.state.late, 1);
    await replica.state.applyLate();
    await world.until('the lock has gone', async () => !(await world.isLocked()));
    assert.equal((await world.record())?.authorizedAmount, 10n);
    await pay(replica, 20n);
  });

  behaviour(
    'a request that comes behind the call of another replica is reaped when that has ended',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const other = await started(two, 10n);
      world.meet(one, 'lock', ['late']);
      await assert.rejects(world.settled(pay(one, 10n)), { code: 'PROVENDER_CHANNEL_BUSY' });
      await other.rollback();
      await one.state.applyLate();
      await world.until('the lock has gone', async () => !(await world.isLocked()));
      await pay(two, 10n);
    },
  );

  behaviour('a lock of another replica is left alone', async (world) => {
    const [one, two] = [await world.replica(1), await world.replica(2)];
    const tx = await started(one, 10n);
    await two.clock.advance(10_000);
    await pay(two, 10n, aCall({ signal: AbortSignal.timeout(0) })).catch(() => undefined);
    assert.equal(await world.isLocked(), true);
    await tx.commit();
  });

  behaviour('an unlock without an answer is repeated by the reaper', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    world.meet(replica, 'unlock', ['lost', 'lost']);
    await tx.rollback();
    await world.until('the lock has gone', async () => !(await world.isLocked()));
    assert.deepEqual(replica.witness.events.slice(-3), ['ambiguous unlock', 'rolled back', 'reaped']);
    await pay(replica, 10n);
  });

  behaviour('a call that is cancelled while it starts leaves no lock', async (world) => {
    const replica = await world.replica(1);
    const cancel = new AbortController();
    world.meet(replica, 'lock', ['unanswered']);
    const call = pay(replica, 10n, aCall({ signal: cancel.signal }));
    cancel.abort();
    await assert.rejects(world.settled(call), { code: 'PROVENDER_CANCELLED' });
    assert.equal(await world.isLocked(), false);
  });
}

const noMutex = { code: 'PROVENDER_UNAVAILABLE', message: 'cannot get mutex for channel: {ID: 42}' };

/** A call all of whose requests for the lock come late, after its time is over. */
async function givenUp(
  world: PaymentWorld,
  replica: WorldReplica,
): Promise<{ readonly call: Promise<void> }> {
  const before = replica.state.faults;
  replica.state.faults = (txn) => (world.kindOf(txn) === 'lock' ? 'late' : before(txn));
  const call = pay(replica, 10n);
  const answer = call.then(
    () => undefined,
    () => undefined,
  );
  await world.settled(answer);
  replica.state.faults = before;
  return { call };
}
