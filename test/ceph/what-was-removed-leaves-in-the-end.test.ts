import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { decodeHead } from '../../src/objects/head.ts';
import { FORMAT_KEY } from '../../src/objects/rados/keys.ts';
import type { SessionsOptions } from '../../src/objects/rados/sessions.ts';
import { tagName } from '../../src/objects/tag.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { openPod, type RadosNamespace, radosNamespace } from '../support/rados-pod.ts';
import { publishRaw, removeRaw, stageRaw } from '../support/rados-raw-data.ts';
import { makeCollection, makeQuickFile } from '../support/store-objects.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const OBJECT = makeCollection('removed', 9);

/** What is left over in a store but session records. */
async function leftIn(store: RadosNamespace): Promise<string[]> {
  await using connection = await store.connect();
  const left = await radosLeftovers({ connection, ...store });
  return left.filter((name) => !name.startsWith('sessions'));
}

async function untilEmpty(store: RadosNamespace): Promise<void> {
  await until('nothing is left over', async () => (await leftIn(store)).length === 0);
}

test('staged data that is given up goes at once, with its index rows', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using pod = await store.pod();
  const tag = await stageRaw(pod.sessions.current(), { object: OBJECT });
  assert.notDeepEqual(await leftIn(store), []);
  await pod.sessions.janitor.dropStaged(tag, { stripes: 1, rows: true });
  assert.deepEqual(await leftIn(store), []);
  await pod.sessions.janitor.dropStaged(tag, { stripes: 1, rows: true });
});

test('the owner finds the row that another pod left, and deletes what it names', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using owner = await store.pod();
  await using other = await store.pod();
  const tag = await stageRaw(owner.sessions.current(), { object: OBJECT });
  await removeRaw(other.sessions.current(), OBJECT, tag);
  await untilEmpty(store);
});

test('another pod deletes the data but leaves the row to its owner', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using owner = await store.pod({ lookMs: 3_600_000 });
  await using other = await store.pod();
  const tag = await stageRaw(owner.sessions.current(), { object: OBJECT });
  await removeRaw(other.sessions.current(), OBJECT, tag);
  other.sessions.janitor.removed(tag, decodeHead(OBJECT.head(tag)).statement);
  await until('the row alone is left', async () => (await leftIn(store)).length === 1);
  assert.match((await leftIn(store))[0] ?? '', new RegExp(`^k/.. g\\.${tagName(tag)}$`));
  await owner.sessions.close();
  assert.deepEqual(await leftIn(store), [], 'the owner takes the row with it');
});

test('a row stays while a publish of its tag has no answer', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using pod = await store.pod();
  const { janitor } = pod.sessions;
  const session = pod.sessions.current();
  const tag = await stageRaw(session, { object: OBJECT });
  janitor.publishing(tag);
  await removeRaw(session, OBJECT, tag);
  await until('the row alone is left', async () => (await leftIn(store)).length === 1);
  janitor.published(tag);
  await untilEmpty(store);
});

test('a session with an unanswered publish ends by its fence only', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const pod = await store.pod();
  const session = pod.sessions.current();
  const tag = await stageRaw(session, { object: OBJECT });
  pod.sessions.janitor.publishing(tag);
  await pod.sessions.close();
  assert.notDeepEqual(await leftIn(store), []);
  await using next = await store.pod();
  await until('the fence', () => next.reports.fenced.includes(session.number));
  await untilEmpty(store);
});

test('rows of a session that left are taken by whoever looks', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const first = await store.pod();
  const session = first.sessions.current();
  const tag = await stageRaw(session, { object: OBJECT });
  await publishRaw(session, OBJECT, tag);
  await first.sessions.close();
  await using second = await store.pod();
  assert.deepEqual(await leftIn(store), []);
  await removeRaw(second.sessions.current(), OBJECT, tag);
  await untilEmpty(store);
});

test(
  'data of a removed object stays for running readers, and a polite end does not wait',
  WITH_CEPH,
  async () => {
    const store = await radosNamespace(ceph);
    const pod = await store.pod({ removalDelayMs: 3_600_000 });
    const session = pod.sessions.current();
    const file = makeQuickFile('removed', 5 * 2 ** 20);
    const tag = await stageRaw(session, { object: file });
    await removeRaw(session, file, tag);
    pod.sessions.janitor.removed(tag, decodeHead(file.head(tag)).statement);
    assert.equal(pod.sessions.janitor.lagMs(), 0);
    assert.equal((await leftIn(store)).length, 4);
    await pod.sessions.close();
    assert.deepEqual(await leftIn(store), []);
  },
);

test('what cannot be opened says why and leaves no record', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await (await store.pod()).sessions.close();
  const refused = (more: Partial<SessionsOptions>, code: 'PROVENDER_CONFIG' | 'PROVENDER_CORRUPT') =>
    assert.rejects(openPod({ ...store.options, ...more }), (error) => isProvenderError(error, code));
  await refused({ storerPK: new Uint8Array(32).fill(1) }, 'PROVENDER_CONFIG');
  await refused({ networkId: new Uint8Array(32).fill(1) }, 'PROVENDER_CONFIG');
  await refused({ pool: 'no-such-pool' }, 'PROVENDER_CONFIG');
  await using connection = await store.connect();
  const objects = await connection.pool(store.pool, { namespace: store.namespace });
  await objects.remove(FORMAT_KEY);
  await refused({}, 'PROVENDER_CORRUPT');
  assert.deepEqual(await radosLeftovers({ connection, ...store }), []);
});
