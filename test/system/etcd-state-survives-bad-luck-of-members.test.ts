import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { type EtcdCluster, hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';
import { addressOfUrl, recordedEvents } from '../support/etcd-record.ts';
import { StateCounters } from '../support/state-counters.ts';
import { codeOf } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ROUNDS = process.env['PROVENDER_TEST_LONG'] === '1' ? 10 : 1;
const LANES = 8;

let started: Promise<EtcdCluster> | undefined;
const threeMembers = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 3 }));
after(async () => (await started)?.close());

const put = (key: string) => ({ put: key, value: new Uint8Array([1]) });

async function emptied(): Promise<EtcdCluster> {
  const cluster = await threeMembers();
  await cluster.etcdctl('del', '', '--prefix');
  return cluster;
}

async function progress(load: StateCounters, what: string): Promise<void> {
  const before = load.soFar.acknowledged;
  await until(what, () => load.soFar.acknowledged > before + LANES);
}

test('after kill -9 of the leader nothing acknowledged is missing, and the lease, the watch and the load go on', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await emptied();
  // the others are found through the one that is named
  const first = await cluster.leader();
  await using store = await EtcdStateStore.open({ endpoints: [first.clientUrl] });
  const lease = await store.grantLease(15_000);
  await store.txn({ then: [{ ...put('leased'), lease }] });
  const load = new StateCounters(store, LANES);
  const watched = watchLaneZero(store);
  for (let round = 0; round < ROUNDS; round++) {
    await progress(load, 'increments before the kill');
    const leader = await cluster.leader();
    load.resetGap();
    await leader.kill();
    await progress(load, 'increments after the kill');
    t.diagnostic(`stall after kill -9 of the leader: ${Math.round(load.soFar.longestGapMs)} ms`);
    await leader.restart();
  }
  await load.check();
  assert.equal(lease.lost.aborted, false);
  assert.notEqual(await store.get('leased'), undefined);
  await watched.isWhole();
});

test('a paused leader costs one deadline: writes go on without it, and it comes back', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await emptied();
  const events = recordedEvents();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints, events });
  const load = new StateCounters(store, LANES);
  const watched = watchLaneZero(store);
  for (let round = 0; round < ROUNDS; round++) {
    await progress(load, 'increments before the pause');
    const leader = await cluster.leader();
    const address = addressOfUrl(leader.clientUrl);
    const count = (line: string): number => events.lines.filter((one) => one === `${line} ${address}`).length;
    const [ejected, returned] = [count('ejected'), count('returned')];
    load.resetGap();
    await leader.stop();
    await until('it is not used', () => count('ejected') > ejected);
    await progress(load, 'increments during the pause');
    t.diagnostic(`stall with a paused leader: ${Math.round(load.soFar.longestGapMs)} ms`);
    await leader.cont();
    await until('it is used again', () => count('returned') > returned);
  }
  t.diagnostic(`codes: ${JSON.stringify([...load.soFar.codes])}`);
  await load.check();
  await watched.isWhole();
});

test('without a quorum writes are refused or unclear, reads are refused, and nothing refused appears later', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await emptied();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const [one, two] = cluster.members;
  assert.ok(one !== undefined && two !== undefined);
  await Promise.all([one.kill(), two.kill()]);
  const codes = new Map<string, string | undefined>();
  const from = performance.now();
  for (let i = 0; i < 4; i++) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, j) =>
        codes.set(`k/${i}/${j}`, await codeOf(store.txn({ then: [put(`k/${i}/${j}`)] }))),
      ),
    );
    assert.equal(await codeOf(store.get('k')), 'PROVENDER_UNAVAILABLE');
    if (i === 0)
      t.diagnostic(`first write and read without quorum: ${Math.round(performance.now() - from)} ms`);
  }
  for (const code of codes.values())
    assert.ok(code === 'PROVENDER_UNAVAILABLE' || code === 'PROVENDER_AMBIGUOUS', code);
  assert.ok([...codes.values()].includes('PROVENDER_UNAVAILABLE'));
  await Promise.all([one.restart(), two.restart()]);
  await until('writes go on', async () => (await store.txn({ then: [put('after')] })).succeeded);
  const { records } = await store.range('k/');
  for (const { key } of records) assert.equal(codes.get(key), 'PROVENDER_AMBIGUOUS', key);
});

test('a restart of all members keeps everything, and an open store goes on', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await emptied();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const load = new StateCounters(store, LANES);
  await progress(load, 'increments before the restart');
  await Promise.all(cluster.members.map((member) => member.restart()));
  await progress(load, 'increments after the restart');
  await load.check();
});

/** Follows the counter of one lane. */
function watchLaneZero(store: EtcdStateStore): { isWhole(): Promise<void> } {
  const end = new AbortController();
  const values: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const batch of store.watch('n/0', {}, { signal: end.signal }))
      for (const change of batch)
        if ('put' in change) values.push(new TextDecoder().decode(change.put.value));
  };
  const ended = follow();
  return {
    /** Waits for the last value: each has come once, in order. */
    async isWhole() {
      const last = new TextDecoder().decode((await store.get('n/0'))?.value);
      await until('the watch has told everything', () => values.at(-1) === last);
      assert.deepEqual(
        values,
        Array.from({ length: Number(last) }, (_, i) => String(i + 1)),
      );
      end.abort();
      await ended;
    },
  };
}
