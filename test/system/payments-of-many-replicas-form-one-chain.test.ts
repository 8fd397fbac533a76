import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { ChainOfAmounts, counted } from '../support/payment-replica/chain-of-amounts.ts';
import { ReplicaGroup } from '../support/payment-replica/group.ts';
import { hasSystemTool } from '../support/system-tool.ts';

/** Attempts to pay, of all replicas together. */
const ATTEMPTS = process.env['PROVENDER_TEST_LONG'] === '1' ? 50_000 : 5000;
const LANES = 4;
const CHANNEL = 42n;

let started: Promise<EtcdCluster> | undefined;
const threeMembers = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 3 }));
after(async () => (await started)?.close());

for (const replicas of [2, 3])
  test(`${replicas} replicas that take payments of one channel accept each amount once`, async (t) => {
    if (!hasSystemTool(t, 'etcd')) return;
    await using group = await ReplicaGroup.open(await threeMembers(), `hammer-${replicas}`);
    const chain = new ChainOfAmounts(group, CHANNEL);
    const running = await Promise.all(Array.from({ length: replicas }, (_, i) => group.start(i + 1)));
    const from = performance.now();
    const attempts = Math.ceil(ATTEMPTS / replicas);
    const order = { do: 'hammer', channelId: CHANNEL, attempts, lanes: LANES } as const;
    const ends = (await Promise.all(running.map((replica) => replica.order(order)))).map((one) => one ?? []);
    const seconds = (performance.now() - from) / 1000;
    const paid = ends.flat().filter(({ end: how }) => how === 'paid');
    t.diagnostic(
      `${ends.flat().length} attempts in ${seconds.toFixed(1)} s: ${counted(ends.flat())}; ${Math.round(paid.length / seconds)} payments/s`,
    );
    await chain.check(ends.flat());
    for (const one of ends)
      assert.ok(
        one.some(({ end: how }) => how === 'paid'),
        'each replica got its turn',
      );
    assert.ok(await group.isFree(CHANNEL));
  });
