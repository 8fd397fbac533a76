import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { ChainOfAmounts } from '../support/payment-replica/chain-of-amounts.ts';
import { ReplicaGroup } from '../support/payment-replica/group.ts';
import { uploadsIn } from '../support/payment-replica/uploads.ts';
import { hasSystemTool } from '../support/system-tool.ts';

const isLong = process.env['PROVENDER_TEST_LONG'] === '1';
/** Kills at random moments. */
const KILLS = isLong ? 40 : 4;
const CHANNEL = 42n;
/** More steps than an upload has: the last one is not killed. */
const MOST_STEPS = 20;
/** A lock may outlive the lease of its replica by so much, and a busy machine. */
const GRACE_MS = 2000 + 5000;

let started: Promise<EtcdCluster> | undefined;
const threeMembers = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 3 }));
after(async () => (await started)?.close());

/** Pays with an upload, killed at each step in turn until one gets through, and looks at what is found after the restart. */
async function killAtEachStep(group: ReplicaGroup, late: boolean): Promise<{ kills: number; paid: number }> {
  const result = { kills: 0, paid: 0 };
  for (let step = 1; step < MOST_STEPS; step++) {
    const before = await group.record(CHANNEL);
    const amount = before.amount + 1n;
    const replica = await group.start(1);
    const end = await replica.pay({ channelId: CHANNEL, amount, upload: true, dieAt: step, late });
    await replica.kill();
    const again = await group.start(1);
    assert.ok(
      await group.isFree(CHANNEL),
      `step ${step}: the channel is free as soon as the replica is back`,
    );
    await group.unmarked();
    const { amount: found, op } = await group.record(CHANNEL);
    assert.ok(found === before.amount || found === amount, `step ${step}: ${found} after ${before.amount}`);
    const uploads = uploadsIn(group.directoryOf(1));
    assert.deepEqual(uploads.staged, [], `step ${step}: nothing is left undecided`);
    const isPaid = found === amount;
    assert.equal(isPaid && uploads.published.includes(op), isPaid, `step ${step}: what is paid is published`);
    assert.equal(uploads.published.length, Number(found), `step ${step}: what is published is paid`);
    const repeated = await again.pay({ channelId: CHANNEL, amount, upload: true });
    assert.equal(repeated, isPaid ? 'PROVENDER_UNPAID' : 'paid', `step ${step}: the same payment once more`);
    await again.kill();
    if (end === 'paid') return result;
    assert.equal(end, 'killed');
    result.kills++;
    if (isPaid) result.paid++;
  }
  throw new Error(`an upload has more than ${MOST_STEPS} steps`);
}

for (const late of isLong ? [false, true] : [false])
  test(`a replica killed at any step of a paid upload, ${late ? 'with the request on its way' : 'between two requests'}, leaves it paid and published, or neither`, async (t) => {
    if (!hasSystemTool(t, 'etcd')) return;
    await using group = await ReplicaGroup.open(await threeMembers(), `steps-${late}`);
    const { kills, paid } = await killAtEachStep(group, late);
    t.diagnostic(`killed at ${kills} steps, at ${paid} of them the payment counts`);
    assert.ok(paid > 0 && paid < kills);
  });

test('a killed replica that stays away blocks a channel for no longer than its lease', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  await using group = await ReplicaGroup.open(await threeMembers(), 'away');
  const [one, two] = await Promise.all([group.start(1), group.start(2)]);
  const { ended } = await one.hold({ channelId: CHANNEL, amount: 1n });
  assert.equal(await two.pay({ channelId: CHANNEL, amount: 1n }), 'PROVENDER_CHANNEL_BUSY');
  await one.kill();
  const from = performance.now();
  assert.equal(await ended, 'killed');
  await group.free(CHANNEL, group.lockTtlMs + GRACE_MS);
  t.diagnostic(`free after ${Math.round(performance.now() - from)} ms, lease ${group.lockTtlMs} ms`);
  assert.equal(await two.pay({ channelId: CHANNEL, amount: 1n }), 'paid');
  assert.equal((await group.record(CHANNEL)).amount, 1n);
});

test('replicas killed at random moments take no amount twice and lose none that was reported as paid', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  await using group = await ReplicaGroup.open(await threeMembers(), 'random');
  const chain = new ChainOfAmounts(group, CHANNEL);
  const two = await group.start(2);
  const load = two.hammer(CHANNEL, 2);
  for (let kill = 0; kill < KILLS; kill++) {
    const one = await group.start(1);
    const order = one.order({ do: 'hammer', channelId: CHANNEL, attempts: 1_000_000, lanes: 2 });
    await chain.grows(3, 1);
    await wait(randomInt(20)); // any moment of a payment
    await one.kill();
    assert.equal(await order, undefined);
  }
  const ends = await load.rest();
  const last = await group.start(1);
  assert.ok(await group.isFree(CHANNEL));
  const { amount } = await group.record(CHANNEL);
  assert.equal(await last.pay({ channelId: CHANNEL, amount: amount + 1n }), 'paid');
  await chain.check(ends);
  const paid = ends.filter(({ end }) => end === 'paid');
  t.diagnostic(`${KILLS} kills among ${amount} payments, ${paid.length} by the replica that lived`);
});
