import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unlock } from '../../src/payments/inspection.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { VIEW } from '../support/payment-fixtures.ts';
import { aMark, pay, PaymentWorld, started, type WorldReplica } from '../support/payment-world.ts';
import { openScratch } from '../support/scratch.ts';

/**
 * The rows of the table in payment-channels.md, section 7, that belong to the transaction of a call. The other ones: StartClaim is tested with the
 * provider claims, the killed leader and the real loss of a quorum with real clusters.
 */
const ROWS: readonly { readonly row: string; readonly run: (world: PaymentWorld) => Promise<void> }[] = [
  { row: 'between lock and commit (kill -9): restart', run: killedBeforeCommit },
  { row: 'between lock and commit (kill -9): the lease ends', run: killedAndLeaseEnds },
  {
    row: 'after the commit was sent, restart before it is applied: it comes before the restart',
    run: sentThenApplied,
  },
  {
    row: 'after the commit was sent, restart before it is applied: it comes behind the restart',
    run: sentThenTooLate,
  },
  { row: 'request applied after its deadline: a lock', run: lateLock },
  { row: 'request applied after its deadline, also after "unknown": a commit', run: lateCommit },
  { row: 'during commit, or after it and before the reply', run: killedBehindCommit },
  { row: 'unlock on rollback times out', run: unlockTimesOut },
  { row: 'operator unlocks during a call', run: operatorUnlocks },
  { row: 'replica paused (SIGSTOP) beyond the lease, then resumed', run: pausedBeyondLease },
  { row: 'etcd without quorum', run: withoutQuorum },
];

for (const { row, run } of ROWS) {
  test(row, { timeout: 120_000 }, async () => {
    await using scratch = await openScratch();
    const store = await LevelStateStore.open({ directory: scratch.at('state') });
    await using world = await PaymentWorld.open({
      client: () => Promise.resolve(store),
      [Symbol.asyncDispose]: () => store.close(),
    });
    await run(world);
  });
}

const conflict = { code: 'PROVENDER_CONFLICT' };

async function paidSoFar(world: PaymentWorld): Promise<bigint> {
  return (await world.record())?.authorizedAmount ?? 0n;
}

function unlocked(world: PaymentWorld): Promise<void> {
  return world.until('the lock has gone', async () => !(await world.isLocked()));
}

/** Nothing that the process asks for arrives any more. */
function kill({ state }: WorldReplica): void {
  state.pause();
}

async function killedBeforeCommit(world: PaymentWorld): Promise<void> {
  const killed = await world.replica(1);
  await pay(killed, 10n);
  await started(killed, 20n);
  kill(killed);
  assert.equal(await world.isLocked(), true);
  const again = await world.replica(1);
  assert.equal(await world.isLocked(), false);
  assert.equal(await paidSoFar(world), 10n);
  await pay(again, 20n);
}

async function killedAndLeaseEnds(world: PaymentWorld): Promise<void> {
  const [killed, other] = [await world.replica(1), await world.replica(2)];
  await started(killed, 10n);
  kill(killed);
  await assert.rejects(pay(other, 10n), { code: 'PROVENDER_CHANNEL_BUSY' });
  await killed.state.endLeases();
  assert.equal(await paidSoFar(world), 0n);
  await pay(other, 10n);
}

/** A killed process whose commit is on its way. */
async function commitOnItsWay(world: PaymentWorld): Promise<WorldReplica> {
  const killed = await world.replica(1);
  const tx = await started(killed, 10n);
  world.meet(killed, 'commit', ['hanging']);
  tx.commit(aMark(1)).catch(() => undefined); // nobody is there to hear of it
  await world.until('it was sent', () => killed.state.late === 1);
  kill(killed);
  return killed;
}

async function sentThenApplied(world: PaymentWorld): Promise<void> {
  const killed = await commitOnItsWay(world);
  await killed.state.applyLate();
  const again = await world.replica(1);
  await world.until('the mark has gone', async () => (await world.marks()) === 0);
  assert.deepEqual(again.witness.published, [aMark(1)]);
  assert.equal(await paidSoFar(world), 10n);
  await pay(again, 20n);
}

async function sentThenTooLate(world: PaymentWorld): Promise<void> {
  const killed = await commitOnItsWay(world);
  const again = await world.replica(1);
  await killed.state.applyLate();
  assert.equal(await paidSoFar(world), 0n);
  assert.equal(await world.marks(), 0);
  assert.deepEqual(again.witness.published, []);
  await pay(again, 10n);
}

async function lateLock(world: PaymentWorld): Promise<void> {
  const replica = await world.replica(1);
  world.meet(replica, 'lock', ['hanging']);
  await assert.rejects(world.settled(pay(replica, 10n)), { code: 'PROVENDER_UNAVAILABLE' });
  const before = replica.clock.now();
  await replica.state.applyLate();
  await unlocked(world);
  assert.ok(replica.clock.now() - before <= 2000, 'within 2 s');
  assert.equal(await paidSoFar(world), 0n);
}

async function lateCommit(world: PaymentWorld): Promise<void> {
  const replica = await world.replica(1);
  const tx = await started(replica, 10n);
  replica.state.faults = (txn) => (world.kindOf(txn) === 'commit' ? 'late' : 'refused');
  await assert.rejects(world.settled(tx.commit()), { code: 'PROVENDER_PAYMENT_UNKNOWN' });
  await replica.state.applyLate();
  replica.state.faults = () => 'ok';
  await world.until('it may be repeated', async () => (await world.record())?.repeat === true);
  assert.equal(await paidSoFar(world), 10n);
  await pay(replica, 10n);
  assert.equal(await paidSoFar(world), 10n);
}

async function killedBehindCommit(world: PaymentWorld): Promise<void> {
  const [killed, other] = [await world.replica(1), await world.replica(2)];
  const tx = await started(killed, 10n);
  await tx.commit();
  kill(killed);
  assert.equal(await world.isLocked(), false);
  assert.equal(await paidSoFar(world), 10n);
  await assert.rejects(pay(other, 10n), { message: 'income 0 does not equal to price 10' });
  await pay(other, 20n);
}

async function unlockTimesOut(world: PaymentWorld): Promise<void> {
  const replica = await world.replica(1);
  const tx = await started(replica, 10n);
  world.meet(replica, 'unlock', ['hanging', 'refused', 'lost']);
  await world.settled(tx.rollback());
  await unlocked(world);
  assert.equal(await paidSoFar(world), 0n);
  await pay(replica, 10n);
}

async function operatorUnlocks(world: PaymentWorld): Promise<void> {
  const [one, two] = [await world.replica(1), await world.replica(2)];
  const tx = await started(one, 10n);
  const lock = await world.store.get(world.keys.lock(VIEW.channelId));
  assert.ok(lock);
  const { channelId } = VIEW;
  assert.equal(await unlock({ state: world.store, keys: world.keys }, { channelId, ...lock }), true);
  await pay(two, 10n);
  await pay(two, 20n);
  await assert.rejects(tx.commit(), conflict);
  assert.equal(await paidSoFar(world), 20n);
}

async function pausedBeyondLease(world: PaymentWorld): Promise<void> {
  const [one, two] = [await world.replica(1), await world.replica(2)];
  const tx = await started(one, 10n);
  one.state.pause();
  await one.state.endLeases();
  await pay(two, 10n);
  const commit = tx.commit();
  one.state.resume();
  await assert.rejects(world.settled(commit), conflict);
  assert.equal((await world.record())?.by, 2);
}

async function withoutQuorum(world: PaymentWorld): Promise<void> {
  const replica = await world.replica(1);
  await pay(replica, 10n);
  replica.state.faults = () => 'refused';
  replica.state.readFault = () => 'refused';
  await assert.rejects(world.settled(pay(replica, 20n)), { code: 'PROVENDER_UNAVAILABLE' });
  replica.state.faults = () => 'lost';
  await assert.rejects(world.settled(pay(replica, 20n)), { code: 'PROVENDER_UNAVAILABLE' });
  replica.state.faults = () => 'ok';
  replica.state.readFault = () => 'ok';
  assert.equal(await paidSoFar(world), 10n);
  await pay(replica, 20n);
}
