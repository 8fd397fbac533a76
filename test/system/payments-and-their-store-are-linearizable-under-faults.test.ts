import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { wrongBank } from '../support/histories/bank.ts';
import type { HistoryCall } from '../support/histories/call.ts';
import { wrongList } from '../support/histories/list.ts';
import { type RegisterHistory, wrongRead } from '../support/histories/register.ts';
import { BankWorkload, ListWorkload, repeatUntil } from '../support/histories/workloads.ts';
import { ChainOfAmounts } from '../support/payment-replica/chain-of-amounts.ts';
import { ReplicaGroup } from '../support/payment-replica/group.ts';
import { type PayEnd, sharedNowMs } from '../support/payment-replica/orders.ts';
import type { ReplicaProcess } from '../support/payment-replica/process.ts';
import { hasSystemTool } from '../support/system-tool.ts';

const ROUNDS = process.env['PROVENDER_TEST_LONG'] === '1' ? 10 : 2;
const CHANNEL = 42n;
/** Payments that have to come after each fault. */
const GOES_ON = 20;
const ACCOUNTS = 5;
/** What a channel holds before its first payment. */
const NOTHING = 'nothing';

let started: Promise<EtcdCluster> | undefined;
const threeMembers = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 3 }));
after(async () => (await started)?.close());

/** Members are killed and paused, and a replica is paused beyond its lease, while payments go on. */
async function faults(
  cluster: EtcdCluster,
  group: ReplicaGroup,
  load: { chain: ChainOfAmounts; replica: ReplicaProcess },
): Promise<void> {
  const { chain, replica } = load;
  for (let round = 0; round < ROUNDS; round++) {
    await chain.grows(GOES_ON);
    const killed = await cluster.leader();
    await killed.kill();
    await chain.grows(GOES_ON);
    await killed.restart();
    const paused = await cluster.leader();
    await paused.stop();
    await chain.grows(GOES_ON);
    await paused.cont();
    await replica.stop();
    await group.living(1);
    await chain.grows(GOES_ON);
    replica.cont();
    await group.living(2);
    await chain.grows(GOES_ON);
  }
}

/** Payments as writes of a register, each named by its operation. */
function writesOf(ends: readonly PayEnd[]): RegisterHistory['writes'] {
  const howOf = (end: string): HistoryCall['end'] =>
    end === 'paid' ? 'done' : end === 'PROVENDER_PAYMENT_UNKNOWN' ? 'maybe' : 'failed';
  return ends.flatMap(({ op, fromMs, toMs, end }) =>
    op === undefined ? [] : [{ value: op, fromMs, toMs, end: howOf(end) }],
  );
}

function tell(t: TestContext, what: string, calls: readonly HistoryCall[], reads: number): void {
  const count = (end: HistoryCall['end']): number => calls.filter((call) => call.end === end).length;
  t.diagnostic(
    `${what}: ${count('done')} done, ${count('maybe')} maybe, ${count('failed')} failed, ${reads} reads`,
  );
}

test('the history of a channel, a list and a bank has an order that explains every answer', async (t) => {
  if (!hasSystemTool(t, 'etcd')) return;
  const cluster = await threeMembers();
  await using group = await ReplicaGroup.open(cluster, 'history', 2000);
  await using other = await EtcdStateStore.open({ endpoints: cluster.endpoints.toReversed() });
  const end = new AbortController();
  const { signal } = end;
  const chain = new ChainOfAmounts(group, CHANNEL);
  const [one, two] = await Promise.all([group.start(1), group.start(2)]);
  const [list, bank] = [new ListWorkload(), new BankWorkload(ACCOUNTS)];
  await bank.open(group.state);
  const reads: RegisterHistory['reads'][number][] = [];
  const lanes = [group.state, other].flatMap((store) => [
    list.run(store, signal),
    bank.run(store, signal),
    repeatUntil(signal, async () => {
      const fromMs = sharedNowMs();
      const { op } = await group.record(CHANNEL, store);
      reads.push({ fromMs, toMs: sharedNowMs(), value: op === '' ? NOTHING : op });
    }),
  ]);
  const loads = [one.hammer(CHANNEL, 2), two.hammer(CHANNEL, 2)];
  await faults(cluster, group, { chain, replica: two });
  const ends = (await Promise.all(loads.map((load) => load.rest()))).flat();
  end.abort();
  await Promise.all(lanes);
  await group.free(CHANNEL, 60_000);
  await chain.check(ends);
  const writes = writesOf(ends);
  tell(t, 'channel', writes, reads.length);
  assert.equal(wrongRead({ first: NOTHING, writes, reads }), undefined);
  const listed = await list.history(group.state);
  tell(t, 'list', listed.appends, listed.reads.length);
  assert.equal(wrongList(listed), undefined);
  const banked = await bank.history(group.state);
  tell(t, 'bank', banked.transfers, banked.reads.length);
  assert.equal(wrongBank(banked), undefined);
});
