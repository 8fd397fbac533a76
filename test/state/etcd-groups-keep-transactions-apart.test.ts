import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import type { StateCompare, StateStep, StateTxn } from '../../src/state/state-store.ts';
import { type EtcdCluster, hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';
import { type Answered, replay } from '../support/state-serial.ts';
import { codeOf } from '../support/store-reading.ts';

const RUNS = process.env['PROVENDER_TEST_LONG'] === '1' ? 1000 : 30;

let started: Promise<EtcdCluster> | undefined;
const oneMember = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 1 }));
after(async () => (await started)?.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface FoundRecord {
  readonly key: string;
  readonly value: string;
  readonly created: bigint;
  readonly modified: bigint;
}

/** What etcdctl says of all records below a prefix. */
async function found(cluster: EtcdCluster, prefix: string): Promise<FoundRecord[]> {
  const text = await cluster.etcdctl('get', prefix, '--prefix', '-w', 'fields');
  const records = text.matchAll(
    /"Key" : "(.*)"\n"CreateRevision" : (\d+)\n"ModRevision" : (\d+)\n"Version" : \d+\n"Value" : "(.*)"/g,
  );
  return [...records].map(([, key = '', created = '', modified = '', value = '']) => ({
    key,
    value,
    created: BigInt(created),
    modified: BigInt(modified),
  }));
}

test('what waits together shares a revision, which etcdctl finds at every record', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const keys = Array.from({ length: 100 }, (_, i) => `g/${String(i).padStart(3, '0')}`);
  const first = await Promise.all(
    keys.map((key) =>
      store.txn({
        compare: [{ key, createRevision: 0n }],
        then: [{ put: key, value: bytes('1') }, { get: key }],
      }),
    ),
  );
  const second = await Promise.all(keys.map((key) => store.txn({ then: [{ put: key, value: bytes('2') }] })));
  for (const [i, result] of first.entries()) {
    assert.equal(result.records[0]?.createRevision, result.revision);
    assert.equal(result.records[0]?.key, keys[i]);
  }
  // 40 at most in a group
  assert.deepEqual(new Set(first.map(({ revision }) => revision)).size, 3);
  assert.deepEqual(
    await found(cluster, 'g/'),
    keys.map((key, i) => ({
      key,
      value: '2',
      created: first[i]?.revision,
      modified: second[i]?.revision,
    })),
  );
});

test('a lock and a claim of one channel do not both succeed, and one that is only compared counts', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  for (let i = 0; i < 20; i++) {
    const [lock, claim] = [`lock/${i}`, `claim/${i}`];
    const free = [lock, claim].map((key) => ({ key, createRevision: 0n }));
    const both = await Promise.all(
      [lock, claim].map((key) => store.txn({ compare: free, then: [{ put: key, value: bytes('1') }] })),
    );
    assert.equal(both.filter(({ succeeded }) => succeeded).length, 1);
  }
});

test('a lease that has ended refuses its own transaction and none beside it', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const [kept, gone] = await Promise.all([store.grantLease(60_000), store.grantLease(60_000)]);
  await cluster.etcdctl('lease', 'revoke', gone.name);
  const codes = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      codeOf(store.txn({ then: [{ put: `l/${i}`, value: bytes('1'), lease: i === 7 ? gone : kept }] })),
    ),
  );
  assert.deepEqual(
    codes.map((code, i) => `${i} ${code}`).filter((line) => !line.endsWith(' none')),
    ['7 PROVENDER_CONFLICT'],
  );
  assert.equal((await found(cluster, 'l/')).length, 29);
  await kept.close();
});

test('transactions too large or too long to share a message go by themselves', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const many = Array.from({ length: 128 }, (_, i) => i);
  await Promise.all([
    ...many
      .slice(0, 4)
      .map((i) => store.txn({ then: [{ put: `big/${i}`, value: new Uint8Array(600_000) }] })),
    ...many.slice(0, 4).map((i) =>
      store.txn({
        compare: many.map((j) => ({ key: `long/${i}/${j}`, createRevision: 0n })),
        then: many.map((j) => ({ put: `long/${i}/${j}`, value: bytes('1') })),
        else: many.map((j) => ({ delete: `long/${i}/${j}` })),
      }),
    ),
  ]);
  assert.equal((await store.range('big/')).records.length, 4);
  assert.equal((await store.range('long/')).records.length, 512);
  const half = { value: new Uint8Array(800_000) };
  const tooLarge = store.txn({
    then: [
      { put: 'a', ...half },
      { put: 'b', ...half },
    ],
  });
  assert.equal(await codeOf(tooLarge), 'PROVENDER_INVALID');
  assert.equal(await store.get('a'), undefined);
});

const key = fc
  .constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l')
  .map((name) => `p/${name}`);
const value = fc.constantFrom('0', '1').map(bytes);
const step: fc.Arbitrary<StateStep> = fc.oneof(
  fc.record({ put: key, value }),
  fc.record({ delete: key }),
  fc.record({ get: key }),
);
const compare: fc.Arbitrary<StateCompare> = fc.oneof(
  fc.record({ key, value }),
  fc.record({ key, createRevision: fc.constant(0n) }),
  fc.record({ key, modRevision: fc.constant(0n) }),
);
const writtenBy = (one: StateStep): string[] =>
  'put' in one ? [one.put] : 'delete' in one ? [one.delete] : [];
const steps = fc.array(step, { maxLength: 3 }).filter((list) => {
  const written = list.flatMap(writtenBy);
  // deleting what is not there makes no revision, so that its place in the order would be open
  const hasRevision = list.some((one) => 'put' in one) || written.length === 0;
  return hasRevision && new Set(written).size === written.length;
});
const txn: fc.Arbitrary<StateTxn> = fc.record({
  compare: fc.array(compare, { maxLength: 2 }),
  then: steps,
  else: steps,
});

test('any mixture of transactions at once has an order in which each is right', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using one = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  await using two = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  await fc.assert(
    fc.asyncProperty(fc.array(txn, { minLength: 2, maxLength: 60 }), async (txns) => {
      await cluster.etcdctl('del', 'p/', '--prefix');
      const answered: Answered[] = await Promise.all(
        txns.map(async (each, i) => ({ txn: each, result: await (i % 3 === 0 ? two : one).txn(each) })),
      );
      const left = replay(answered);
      assert.deepEqual(
        await found(cluster, 'p/'),
        [...left.keys()].toSorted().map((name) => ({
          key: name,
          value: left.get(name)?.value,
          created: left.get(name)?.createRevision,
          modified: left.get(name)?.modRevision,
        })),
      );
    }),
    { numRuns: RUNS },
  );
});
