import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { TestCa } from '../support/certificates.ts';
import { hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';
import { addressOfUrl, recordedEvents } from '../support/etcd-record.ts';
import { openScratch } from '../support/scratch.ts';
import { codeOf } from '../support/store-reading.ts';
import { until } from '../support/until.ts';

const put = (key: string) => ({ put: key, value: new Uint8Array([1]) });

test('another cluster on a known port is fatal and gets no write', async (t) => {
  if (!hasEtcd(t)) return;
  await using ours = await startEtcdCluster({ members: 1 });
  const [member] = ours.members;
  assert.ok(member !== undefined);
  const events = recordedEvents();
  await using store = await EtcdStateStore.open({ endpoints: ours.endpoints, events });
  await store.txn({ then: [put('a')] });
  let isOver = false;
  const writing = (async () => {
    for (let i = 0; !isOver; i++) {
      await codeOf(store.txn({ then: [put(`w/${i}`)] }));
      // calls that are refused at once would leave no time for anything else
      await turn();
    }
  })();
  await member.kill();
  await using foreign = await startEtcdCluster({ members: 1, listen: addressOfUrl(member.clientUrl) });
  await until('the store has noticed', () => events.lines.includes('fatal'));
  isOver = true;
  await writing;
  assert.equal(await codeOf(store.get('a')), 'PROVENDER_CONFIG');
  assert.equal(await codeOf(store.txn({ then: [put('b')] })), 'PROVENDER_CONFIG');
  assert.equal(await codeOf(store.grantLease(5000)), 'PROVENDER_CONFIG');
  assert.equal(await foreign.etcdctl('get', '', '--prefix', '--keys-only'), '');
});

test('endpoints of two clusters do not make a store', async (t) => {
  if (!hasEtcd(t)) return;
  await using one = await startEtcdCluster({ members: 1 });
  await using two = await startEtcdCluster({ members: 1 });
  const endpoints = [...one.endpoints, ...two.endpoints];
  assert.equal(await codeOf(EtcdStateStore.open({ endpoints })), 'PROVENDER_CONFIG');
});

test('a learner is never used, and voters that join are', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 1 });
  const voter = await cluster.grow('voter');
  const learner = await cluster.grow('learner');
  const events = recordedEvents();
  const [first] = cluster.members;
  assert.ok(first !== undefined);
  await using store = await EtcdStateStore.open({
    endpoints: [learner.clientUrl, first.clientUrl],
    events,
  });
  await Promise.all(Array.from({ length: 100 }, (_, i) => store.txn({ then: [put(`k/${i}`)] })));
  await until('the other voter is found', () =>
    events.lines.includes(`returned ${addressOfUrl(voter.clientUrl)}`),
  );
  assert.equal((await store.range('k/')).records.length, 100);
  assert.ok(!events.lines.some((line) => line.includes(addressOfUrl(learner.clientUrl))));
});

test('with TLS the store shows its certificate and checks that of the member', async (t) => {
  if (!hasEtcd(t)) return;
  await using cluster = await startEtcdCluster({ members: 1, tls: true });
  const { endpoints, tls } = cluster;
  assert.ok(tls !== undefined);
  const warnings: string[] = [];
  const warn = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', warn);
  await using store = await EtcdStateStore.open({ endpoints, tls });
  await store.txn({ then: [put('a')] });
  assert.match(await cluster.etcdctl('get', 'a'), /^a\n/);
  process.off('warning', warn);
  assert.deepEqual(warnings, []);

  await using scratch = await openScratch();
  const other = await TestCa.make(scratch, 'other');
  const ca = await readFile(other.certFile);
  const refused = [
    [{ endpoints, tls: { ...tls, ca } }, 'PROVENDER_UNAVAILABLE'],
    [{ endpoints, tls: { ca: tls.ca } }, 'PROVENDER_UNAVAILABLE'],
    [{ endpoints, tls: { ca: tls.ca, cert: tls.cert } }, 'PROVENDER_CONFIG'],
    [{ endpoints, tls: { ...tls, key: 'no key' } }, 'PROVENDER_CONFIG'],
    [{ endpoints }, 'PROVENDER_CONFIG'],
    [{ endpoints: ['http://127.0.0.1:1'], tls }, 'PROVENDER_CONFIG'],
    [{ endpoints: ['127.0.0.1'] }, 'PROVENDER_CONFIG'],
    [{ endpoints: [] }, 'PROVENDER_CONFIG'],
  ] as const;
  const codes = await Promise.all(refused.map(([options]) => codeOf(EtcdStateStore.open(options))));
  assert.deepEqual(
    codes,
    refused.map(([, code]) => code),
  );
});
