import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import type { StateChange, StateStore } from '../../src/state/state-store.ts';
import { type EtcdCluster, hasEtcd, startEtcdCluster } from '../support/etcd-cluster.ts';
import { codeOf } from '../support/store-reading.ts';

let started: Promise<EtcdCluster> | undefined;
const oneMember = (): Promise<EtcdCluster> => (started ??= startEtcdCluster({ members: 1 }));
after(async () => (await started)?.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (change: StateChange): string =>
  'put' in change ? `${change.put.key}@${change.put.modRevision}` : `-${change.deleted.key}`;

async function readChanges(watch: AsyncIterable<readonly StateChange[]>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const batch of watch) {
    seen.push(...batch.map(shown));
    if (seen.length >= count) break;
  }
  return seen;
}

async function putMany(store: StateStore, keys: readonly string[], value: Uint8Array): Promise<string[]> {
  const seen: string[] = [];
  for (const key of keys) {
    const { revision } = await store.txn({ then: [{ put: key, value }] });
    seen.push(`${key}@${revision}`);
  }
  return seen;
}

test('history that was compacted is a conflict for who asks for it, and no hindrance for a new watch', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const { revision } = await store.txn({ then: [{ put: 'c/a', value: bytes('1') }] });
  const fresh = store.watch('c/', {});
  const last = await store.txn({ then: [{ put: 'c/a', value: bytes('2') }] });
  await cluster.etcdctl('compact', String(last.revision));
  const old = store.watch('c/', { fromRevision: revision });
  assert.equal(await codeOf(readChanges(old, 1)), 'PROVENDER_CONFLICT');
  // what is still there of the time since the watch was made
  assert.deepEqual(await readChanges(fresh, 1), [`c/a@${last.revision}`]);
});

test('a watch that is read slowly loses nothing when more waits than is kept', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const watch = store.watch('s/', {})[Symbol.asyncIterator]();
  const first = watch.next();
  const keys = Array.from({ length: 50 }, (_, i) => `s/${i}`);
  // 50 MiB; 16 MiB are kept
  const written = await putMany(store, keys, new Uint8Array(2 ** 20));
  const seen: string[] = [];
  for (let batch = await first; seen.length < keys.length; batch = await watch.next()) {
    assert.ok(batch.done !== true);
    seen.push(...batch.value.map(shown));
    if (seen.length === keys.length) break;
  }
  assert.deepEqual(seen, written);
  await watch.return?.();
});

test('many watches share a stream, and each gets what is below its prefix', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const lanes = Array.from({ length: 50 }, (_, i) => `m/${String(i).padStart(2, '0')}/`);
  const reading = lanes.map((lane) => readChanges(store.watch(lane, {}), 3));
  const written = await Promise.all(
    lanes.map((lane) => putMany(store, [`${lane}a`, `${lane}b`, `${lane}c`], bytes('1'))),
  );
  assert.deepEqual(await Promise.all(reading), written);
});

test('a page of large records takes several messages and is of one revision', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  const key = (i: number): string => `r/${String(i).padStart(4, '0')}`;
  const raise = (): Promise<unknown> =>
    store.txn({ then: [key(0), key(299)].map((put) => ({ put, value: bytes(String(++raised)) })) });
  let raised = 0;
  await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      store.txn({ then: [{ put: key(i), value: new Uint8Array(i % 3 === 0 ? 100_000 : 10) }] }),
    ),
  );
  await raise();
  let isOver = false;
  const raising = (async () => {
    while (!isOver) await raise();
  })();
  for (let i = 0; i < 5; i++) {
    const { records, next } = await store.range('r/');
    assert.equal(records.length, 300);
    assert.equal(next, undefined);
    assert.equal(
      records.at(0)?.modRevision,
      records.at(-1)?.modRevision,
      'first and last are written together',
    );
  }
  isOver = true;
  await raising;
  const page = await store.range('r/', { limit: 200 });
  assert.deepEqual(
    page.records.map((record) => record.key),
    Array.from({ length: 200 }, (_, i) => key(i)),
  );
  assert.equal(page.next, key(199));
});

test('a transaction without steps still sees what was answered before', async (t) => {
  if (!hasEtcd(t)) return;
  const cluster = await oneMember();
  await using store = await EtcdStateStore.open({ endpoints: cluster.endpoints });
  for (let i = 0; i < 20; i++) {
    const { revision } = await store.txn({ then: [{ put: 'e', value: bytes(String(i)) }] });
    const empty = await store.txn({ compare: [{ key: 'e', modRevision: revision }] });
    assert.deepEqual(empty, { succeeded: true, revision, records: [] });
  }
});
