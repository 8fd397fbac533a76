import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';
import { codeOf } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const ATTEMPTS = 60;
const GROUP = 5;

test('a write whose deadline passed is ambiguous, every member of its group too, and some are applied after that', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 1 });
  const [member] = cluster.members;
  assert.ok(member !== undefined);
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints, deadlineMs: 250 });
  let late = 0;
  let attempts = 0;
  for (; late === 0 && attempts < ATTEMPTS; attempts++) {
    await until('the store is usable', async () => (await store.get('k')) === undefined);
    await member.stop();
    const keys = Array.from({ length: GROUP }, (_, i) => `late/${attempts}/${i}`);
    const codes = await Promise.all(
      keys.map((key) => codeOf(store.txn({ then: [{ put: key, value: new Uint8Array([1]) }] }))),
    );
    await member.cont();
    assert.deepEqual(
      codes,
      keys.map(() => 'PROVENDER_AMBIGUOUS'),
    );
    await until('the store is usable', async () => (await store.get('k')) === undefined);
    const { records } = await store.range(`late/${attempts}/`);
    assert.ok(records.length === 0 || records.length === GROUP, 'a group is applied as a whole');
    late += records.length;
  }
  t.diagnostic(`applied late in attempt ${attempts}`);
  assert.ok(late > 0, `none of ${ATTEMPTS} writes was applied late`);
});

test('a lease ends on the clock of its holder, before the store can give its records away', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 1 });
  const [member] = cluster.members;
  assert.ok(member !== undefined);
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const lease = await store.grantLease(2000);
  await store.txn({ then: [{ put: 'leased', value: new Uint8Array(), lease }] });
  await member.stop();
  await until('the lease is lost', () => lease.lost.aborted);
  await member.cont();
  assert.equal(
    await codeOf(store.txn({ then: [{ put: 'leased', value: new Uint8Array(), lease }] })),
    'PROVENDER_CONFLICT',
  );
  await until('its record goes', async () => (await store.get('leased')) === undefined);
});
