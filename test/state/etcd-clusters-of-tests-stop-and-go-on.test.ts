import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';

test('three members elect another leader when it is paused, and go on after a restart of all', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 3 });
  await cluster.etcdctl('put', 'a', '1');
  const first = await cluster.leader();
  await first.stop();
  const second = await cluster.leader();
  assert.notEqual(second.name, first.name);
  await first.cont();
  await Promise.all(cluster.members.map((member) => member.restart()));
  assert.equal(await cluster.etcdctl('get', 'a', '--print-value-only'), '1\n');
});

test('one member with TLS answers who shows a certificate', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 1, tls: true });
  assert.equal(await cluster.etcdctl('put', 'a', '1'), 'OK\n');
});
