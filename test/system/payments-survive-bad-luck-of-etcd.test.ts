import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { ChainOfAmounts, counted, longestGap } from '../support/payment-replica/chain-of-amounts.ts';
import { ReplicaGroup } from '../support/payment-replica/group.ts';
import { sharedNowMs } from '../support/payment-replica/orders.ts';
import { uploadsIn } from '../support/payment-replica/uploads.ts';
import { hasSystemTool } from '../support/system-tool.ts';
import { until } from '../support/until.ts';

const isLong = process.env['PROVENDER_TEST_LONG'] === '1';
const LEADER_KILLS = isLong ? 10 : 2;
const LEADER_PAUSES = isLong ? 10 : 1;
const CHANNEL = 42n;
const LANES = 2;
/** Payments that have to come after each fault. */
const GOES_ON = 10;

let started: Promise<EtcdCluster> | undefined;
const threeMembers = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 3 }));
after(async () => (await started)?.close());

/** Median and worst, in whole milliseconds. */
function summary(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b).map(Math.round);
  return `${ms.length} times: median ${sorted[Math.floor(sorted.length / 2)]} ms, worst ${sorted.at(-1)} ms`;
}

test('payments go on after kill -9 of the leader, and none is lost or taken twice', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'leader-kill');
  const chain = new ChainOfAmounts(group, CHANNEL);
  const loads = [await group.start(1), await group.start(2)].map((one) => one.hammer(CHANNEL, LANES));
  const kills: number[] = [];
  for (let round = 0; round < LEADER_KILLS; round++) {
    await chain.grows(GOES_ON);
    const leader = await cluster.leader();
    kills.push(sharedNowMs());
    await leader.kill();
    await chain.grows(GOES_ON);
    await leader.restart();
  }
  const ends = (await Promise.all(loads.map((load) => load.rest()))).flat();
  t.diagnostic(`${counted(ends)}; stall ${summary(kills.map((at) => longestGap(ends, at)))}`);
  await group.free(CHANNEL, 60_000);
  await chain.check(ends);
});

test('payments go on while the leader is paused, and what it does late changes nothing', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'leader-pause');
  const chain = new ChainOfAmounts(group, CHANNEL);
  const loads = [await group.start(1), await group.start(2)].map((one) => one.hammer(CHANNEL, LANES));
  const pauses: number[] = [];
  for (let round = 0; round < LEADER_PAUSES; round++) {
    await chain.grows(GOES_ON);
    const leader = await cluster.leader();
    pauses.push(sharedNowMs());
    await leader.stop();
    await chain.grows(GOES_ON);
    await leader.cont();
    await chain.grows(GOES_ON);
  }
  const ends = (await Promise.all(loads.map((load) => load.rest()))).flat();
  t.diagnostic(`${counted(ends)}; stall ${summary(pauses.map((at) => longestGap(ends, at)))}`);
  await group.free(CHANNEL, 60_000);
  await chain.check(ends);
});

test('without a quorum calls are refused, and nothing is guessed about a call that was on its way', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'quorum', 20_000);
  const replica = await group.start(1);
  const long = await replica.hold({ channelId: CHANNEL, amount: 1n, upload: true });
  const [one, two] = cluster.members;
  assert.ok(one !== undefined && two !== undefined);
  await Promise.all([one.kill(), two.kill()]);
  assert.equal(await replica.pay({ channelId: 43n, amount: 1n }), 'PROVENDER_UNAVAILABLE');
  await replica.order({ do: 'goOn' });
  const end = await long.ended;
  assert.ok(['PROVENDER_PAYMENT_UNKNOWN', 'PROVENDER_UNAVAILABLE'].includes(end), end);
  one.launch();
  two.launch();
  await Promise.all([one.healthy(), two.healthy()]);
  await group.free(CHANNEL, 60_000);
  await group.unmarked();
  const { amount } = await group.record(CHANNEL);
  t.diagnostic(`${end}; authorized afterwards: ${amount}`);
  if (end === 'PROVENDER_UNAVAILABLE') assert.equal(amount, 0n);
  // the same payment once more: paid now, or served as the repeat of the call that nobody could tell about
  await until('the same payment is served', async () => {
    return (await replica.pay({ channelId: CHANNEL, amount: 1n })) === 'paid';
  });
  assert.equal((await group.record(CHANNEL)).amount, 1n);
  assert.equal((await group.record(43n)).amount, 0n);
});

test('a commit that nobody answers is reported as unknown, and is decided when the members go on', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'silent', 20_000);
  const replica = await group.start(1);
  const long = await replica.hold({ channelId: CHANNEL, amount: 1n, upload: true });
  for (const member of cluster.members) await member.stop();
  await replica.order({ do: 'goOn' });
  assert.equal(await long.ended, 'PROVENDER_PAYMENT_UNKNOWN');
  for (const member of cluster.members) await member.cont();
  await group.free(CHANNEL, 60_000);
  await until('its data is published or dropped', () => uploadsIn(group.directoryOf(1)).staged.length === 0);
  await group.unmarked();
  const { amount, op } = await group.record(CHANNEL);
  t.diagnostic(amount === 1n ? 'it was applied late' : 'it was not applied');
  assert.deepEqual(uploadsIn(group.directoryOf(1)).published, amount === 1n ? [op] : []);
  await until('the same payment is served', async () => {
    return (await replica.pay({ channelId: CHANNEL, amount: 1n, upload: true })) === 'paid';
  });
  assert.equal((await group.record(CHANNEL)).amount, 1n);
  assert.equal(await replica.pay({ channelId: CHANNEL, amount: 1n }), 'PROVENDER_UNPAID');
});

test('a call whose replica loses its lease is cancelled, and the replica begins a new life', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'lease');
  const replica = await group.start(1);
  const long = await replica.hold({ channelId: CHANNEL, amount: 1n, upload: true });
  const lock = await cluster.etcdctl('get', group.keys.lock(CHANNEL), '-w', 'json');
  const lease = BigInt(/"lease":(\d+)/.exec(lock)?.[1] ?? assert.fail(lock));
  await cluster.etcdctl('lease', 'revoke', lease.toString(16));
  assert.equal(await long.ended, 'PROVENDER_CONFLICT');
  assert.equal((await group.record(CHANNEL)).amount, 0n);
  await until('it takes payments again', async () => {
    return (await replica.pay({ channelId: CHANNEL, amount: 1n, upload: true })) === 'paid';
  });
  assert.ok(replica.events.includes('lifeLost'));
});

test('a replica paused beyond its lease cannot commit: the payment that another took stands', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  await using group = await ReplicaGroup.open(await threeMembers(), 'paused', 2000);
  const [one, two] = await Promise.all([group.start(1), group.start(2)]);
  const long = await one.hold({ channelId: CHANNEL, amount: 1n, upload: true });
  await one.stop();
  await group.free(CHANNEL, 60_000);
  assert.equal(await two.pay({ channelId: CHANNEL, amount: 1n }), 'paid');
  const { op } = await group.record(CHANNEL);
  one.cont();
  assert.equal(await long.ended, 'PROVENDER_CONFLICT');
  assert.equal((await group.record(CHANNEL)).op, op);
  await until('it takes payments again', async () => {
    return (await one.pay({ channelId: CHANNEL, amount: 2n })) === 'paid';
  });
});
