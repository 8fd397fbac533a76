import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { stripeKey } from '../../src/objects/data-names.ts';
import { SESSIONS_KEY } from '../../src/objects/rados/keys.ts';
import { decodeSessionRecord } from '../../src/objects/rados/session-record.ts';
import { readSessionRows } from '../../src/objects/rados/session-rows.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosNamespace } from '../support/rados-pod.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const answer = { signal: new AbortController().signal };

test('a session beats while it lives, and its close leaves no record', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const pod = await store.pod({ podName: 'pod-a' });
  const session = pod.sessions.current();
  assert.equal(session.number, 1);
  await using looker = await store.connect();
  const objects = await looker.pool(store.pool, { namespace: store.namespace });
  const beat = async (): Promise<bigint> => {
    const { records } = await readSessionRows(objects, answer);
    return decodeSessionRecord(records.get(1) ?? new Uint8Array()).beat;
  };
  const first = await beat();
  await until('the next beats', async () => (await beat()) > first + 2n);
  await pod.sessions.close();
  const { next, records } = await readSessionRows(objects, answer);
  assert.equal(next, 2);
  assert.equal(records.size, 0);
  assert.throws(
    () => pod.sessions.current(),
    (error) => isProvenderError(error, 'PROVENDER_CLOSED'),
  );
  assert.ok(session.ended.aborted);
});

test('sessions that open at once get numbers of their own', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const pods = await Promise.all([store.pod(), store.pod(), store.pod()]);
  const numbers = pods.map(({ sessions }) => sessions.current().number);
  assert.deepEqual(new Set(numbers), new Set([1, 2, 3]));
  await Promise.all(pods.map(({ sessions }) => sessions.close()));
});

test('a session whose record was taken over ends, and a new one follows', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using pod = await store.pod();
  const session = pod.sessions.current();
  await using looker = await store.connect();
  const objects = await looker.pool(store.pool, { namespace: store.namespace });
  await objects.change(SESSIONS_KEY, [{ do: 'omapSet', rows: [['s.00000001', Uint8Array.of(9)]] }]);
  await until('the end of the session', () => session.ended.aborted);
  assert.ok(isProvenderError(session.ended.reason, 'PROVENDER_UNAVAILABLE'));
  await until('a new session', () => pod.reports.opened.length === 2);
  assert.equal(pod.sessions.current().number, 2);
  await objects.change(SESSIONS_KEY, [{ do: 'omapRemove', keys: ['s.00000001'] }]);
});

test('a fenced client is refused and comes back with a new session', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using pod = await store.pod({ beatMs: 60_000, deadMs: 600_000 });
  const session = pod.sessions.current();
  await using other = await store.connect();
  const data = await other.pool(store.pool, { namespace: `${store.namespace}.data` });
  const { records } = await readSessionRows(
    await other.pool(store.pool, { namespace: store.namespace }),
    answer,
  );
  const { address } = decodeSessionRecord(records.get(1) ?? new Uint8Array());
  await other.blocklist(address, 3600);
  await other.waitForLatestMap();
  const key = stripeKey(session.nextTag(), 0);
  await data.writeFull('barrier', Uint8Array.of(1));
  await until('a refused write', async () => {
    try {
      await session.data.writeFull(key, Uint8Array.of(1));
      return false;
    } catch (error) {
      session.failed(error);
      return session.ended.aborted;
    }
  });
  await until('a new session', () => pod.reports.opened.length === 2);
  await pod.sessions.current().data.writeFull('barrier', Uint8Array.of(2));
  await data.remove('barrier');
});
