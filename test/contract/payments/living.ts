import assert from 'node:assert/strict';
import { aCall, pay, paying, started } from '../../support/payment-world.ts';
import { until } from '../../support/until.ts';
import type { Behaviour } from './harness.ts';

/** Leases of replicas: lost, taken over, ended. */
export function lives(behaviour: Behaviour): void {
  leaseLost(behaviour);
  pausedAndReplaced(behaviour);
  ends(behaviour);
}

function leaseLost(behaviour: Behaviour): void {
  behaviour(
    'a lost lease cancels the calls under it, frees their channels, and a new life begins',
    async (world) => {
      const replica = await world.replica(1);
      const tx = await started(replica, 10n);
      assert.equal(tx.signal.aborted, false);
      await replica.state.endLeases();
      await world.until('the call is cancelled', () => tx.signal.aborted);
      assert.equal(await world.isLocked(), false);
      await assert.rejects(world.settled(tx.commit()), { code: 'PROVENDER_CONFLICT' });
      await world.until('a new life has begun', () => replica.witness.events.at(-1) === 'life begun');
      assert.deepEqual(replica.witness.events, ['life begun', 'life lost', 'life begun']);
      await pay(replica, 10n);
    },
  );

  behaviour('a life key that is deleted is a lost lease', async (world) => {
    const replica = await world.replica(1);
    const [life] = (await world.store.range(world.keys.lives)).records;
    assert.ok(life);
    await world.store.txn({ then: [{ delete: life.key }] });
    await world.until('a new life has begun', () => replica.witness.events.length === 3);
    assert.deepEqual(replica.witness.events, ['life begun', 'life lost', 'life begun']);
    const lives = (await world.store.range(world.keys.lives)).records;
    assert.equal(lives.length, 1);
    await pay(replica, 10n);
  });

  behaviour('an attempt at a new life that had no answer is not taken for another process', async (world) => {
    const replica = await world.replica(1);
    replica.state.isCloseLost = true;
    world.meet(replica, 'other', ['unanswered']);
    await replica.state.endLeases();
    await world.until('a new life has begun', () => replica.witness.events.length === 3);
    assert.deepEqual(replica.witness.events, ['life begun', 'life lost', 'life begun']);
    assert.equal((await world.store.range(world.keys.lives)).records.length, 1);
    await pay(replica, 10n);
  });

  behaviour('without a life no call is taken, and the store being away ends none', async (world) => {
    const replica = await world.replica(1);
    replica.state.readFault = () => 'refused';
    await replica.clock.advance(6000);
    await pay(replica, 10n);
    await replica.state.endLeases();
    await world.until('the life is lost', () => replica.witness.events.includes('life lost'));
    await assert.rejects(pay(replica, 20n), { code: 'PROVENDER_UNAVAILABLE' });
    replica.state.readFault = () => 'ok';
    await world.until('a new life has begun', () => replica.witness.events.at(-1) === 'life begun');
    await pay(replica, 20n);
  });

  behaviour('a commit that was sent is not undone by the lost lease', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    const before = replica.state.faults;
    replica.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? 'unanswered' : 'refused');
    const commit = tx.commit();
    await world.until('it was sent', () => world.sent(replica).includes('check'));
    await replica.state.endLeases();
    await world.until('the lease is lost', () => tx.signal.aborted);
    replica.state.faults = before;
    await world.settled(commit);
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });
}

function pausedAndReplaced(behaviour: Behaviour): void {
  behaviour(
    'a holder that was paused past its lease cannot commit; what others took stands (security test 18)',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const tx = await started(one, 10n);
      one.state.pause();
      await one.state.endLeases();
      await pay(two, 10n);
      const commit = tx.commit();
      one.state.resume();
      await assert.rejects(world.settled(commit), { code: 'PROVENDER_CONFLICT' });
      assert.equal((await world.record())?.by, 2);
      await world.until('a new life has begun', () => one.witness.events.at(-1) === 'life begun');
      await pay(one, 20n);
    },
  );

  behaviour('a process stops when a newer one has its replica id', async (world) => {
    const old = await world.replica(3);
    const tx = await started(old, 10n);
    const young = await world.replica(3);
    await world.until('the old one is replaced', () => old.witness.events.at(-1) === 'replaced');
    assert.equal(tx.signal.aborted, true);
    await assert.rejects(pay(old, 10n), {
      code: 'PROVENDER_UNAVAILABLE',
      message: 'replica id 3 is in use by another process',
    });
    await assert.rejects(world.settled(tx.commit()), { code: 'PROVENDER_CONFLICT' });
    await pay(young, 10n);
  });

  behaviour('a paused process that was replaced leaves the locks of its successor alone', async (world) => {
    const old = await world.replica(3);
    old.state.pause();
    const young = await world.replica(3);
    const tx = await started(young, 10n);
    old.state.resume();
    await world.until('the old one is replaced', () => old.witness.events.at(-1) === 'replaced');
    await old.clock.advance(10_000);
    await tx.commit();
    assert.equal(old.witness.events.includes('reaped'), false);
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });
}

function ends(behaviour: Behaviour): void {
  behaviour('closing waits for running calls, refuses new ones, and leaves no life', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    const closing = replica.payments.close();
    await assert.rejects(pay(replica, 10n), { code: 'PROVENDER_CLOSED' });
    await tx.commit();
    await closing;
    assert.equal((await world.record())?.authorizedAmount, 10n);
    assert.deepEqual((await world.store.range(world.keys.lives)).records, []);
    assert.deepEqual(replica.witness.failures, []);
  });

  behaviour('a call that does not end is cut off by the end of the life', async (world) => {
    const replica = await world.replica(1);
    const tx = await started(replica, 10n);
    await world.settled(replica.payments.close());
    assert.equal(await world.isLocked(), false);
    await assert.rejects(world.settled(tx.commit()), { code: 'PROVENDER_CONFLICT' });
  });

  behaviour(
    'a slow chain holds no lock, nor does a client that has not sent its request (security test 21)',
    async (world) => {
      const replica = await world.replica(1);
      let answer: () => void = () => undefined;
      const silent = new Promise<void>((resolve) => {
        answer = resolve;
      });
      replica.chain.beforeRead = () => silent;
      const call = replica.payments.run(paying(10n), aCall(), async () => undefined);
      await until('the chain is read', () => replica.chain.reads === 1);
      assert.deepEqual(world.sent(replica), []);
      answer();
      await call;
    },
  );
}
