import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogShardKey, indexShardKey, sessionRow } from '../../src/objects/rados/keys.ts';
import { decodeSessionRecord } from '../../src/objects/rados/session-record.ts';
import { readSessionRows } from '../../src/objects/rados/session-rows.ts';
import { tagName } from '../../src/objects/tag.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { namesIn, radosLeftovers } from '../support/rados-leftovers.ts';
import { radosNamespace } from '../support/rados-pod.ts';
import { PodProcess } from '../support/rados-pod-process.ts';
import { publishRaw, removeRaw, stageRaw } from '../support/rados-raw-data.ts';
import { makeCollection, makeQuickFile } from '../support/store-objects.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const answer = { signal: new AbortController().signal };
const isLong = process.env['PROVENDER_TEST_LONG'] === '1';
const STEP_LIMIT = 200;

test('a pod that is paused is fenced, refused when it goes on, and comes back', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using child = await PodProcess.start(ceph, store, { work: 'stage', deadMs: 60_000 });
  await child.says('staged 1');
  child.signal('SIGSTOP');
  await using pod = await store.pod();
  await until('the sweep', () => pod.reports.swept.some(({ session }) => session === 1));
  child.signal('SIGCONT');
  await child.says('refused 1 ESHUTDOWN');
  await child.says('staged 3');
  assert.deepEqual(
    child.lines.filter((line) => /^(?:opened|lost)/.test(line)),
    ['opened 1', 'lost 1', 'opened 3'],
  );
});

test('a sweeper that dies in any step is fenced, and its victim is taken over', WITH_CEPH, async (t) => {
  const kept = makeQuickFile('kept', 4096);
  const removed = makeCollection('removed', 3);
  const staged = makeCollection('staged', 3);
  let count = 0;
  for (let step = 1; ; step += isLong ? 1 : 3) {
    assert.ok(step < STEP_LIMIT, 'a sweep ends');
    const store = await radosNamespace(ceph);
    const dead = await store.pod({ beatMs: 3_600_000, deadMs: 7_200_000, lookMs: 3_600_000 });
    const session = dead.sessions.current();
    const keptTag = await stageRaw(session, { object: kept });
    await publishRaw(session, kept, keptTag);
    await removeRaw(session, removed, await stageRaw(session, { object: removed }));
    await stageRaw(session, { object: staged });
    await using sweeper = await PodProcess.start(ceph, store, { killAtStep: step + 1 }); // the first is its own record
    await until('its end', () => sweeper.hasEnded || sweeper.lines.includes('swept 1'));
    const isOver = !sweeper.hasEnded;
    sweeper.signal('SIGKILL');
    await using third = await store.pod();
    const { number } = third.sessions.current();
    await using looker = await store.connect();
    await until('the third pod is alone', async () => {
      const left = await radosLeftovers({ connection: looker, ...store });
      return left.length === 1 && left[0] === `sessions ${sessionRow(number)}`;
    });
    const data = await namesIn({
      connection: looker,
      pool: store.pool,
      namespace: `${store.namespace}.data`,
    });
    assert.deepEqual(data, [`${tagName(keptTag)}/000000`]);
    await dead.sessions.close();
    if (isOver) break;
    count++;
  }
  t.diagnostic(`died in ${count} steps`);
});

test('a pod that dies while it makes the store is followed by one that goes on', WITH_CEPH, async () => {
  const steps = isLong ? Array.from({ length: 52 }, (_, i) => 1 + 10 * i) : [1, 100, 256, 400];
  for (const killAtStep of [...steps, 512, 513, 514, 515]) {
    const store = await radosNamespace(ceph);
    await using child = await PodProcess.start(ceph, store, { killAtStep });
    await child.says('killed');
    await using pod = await store.pod();
    const { indexShards, objects } = pod.sessions.current();
    assert.equal(indexShards, 256);
    for (const key of [catalogShardKey(0), catalogShardKey(255), indexShardKey(0), indexShardKey(255)])
      await objects.stat(key);
    await until('one record', async () => (await readSessionRows(objects, answer)).records.size === 1);
  }
});

test('two pods that make a store at once agree on it', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const pods = await Promise.all([store.pod({ limitBytes: 2 ** 30 }), store.pod({ limitBytes: 2 ** 40 })]);
  const [a, b] = pods.map(({ sessions }) => sessions.current());
  assert.equal(a?.indexShards, b?.indexShards);
  assert.notEqual(a?.number, b?.number);
  await Promise.all(pods.map(({ sessions }) => sessions.close()));
});

test('a record names its pod and the address that Ceph knows', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  await using pod = await store.pod({ podName: 'pod-ä-1' });
  const { records } = await readSessionRows(pod.sessions.current().objects, answer);
  const record = decodeSessionRecord(records.get(1) ?? new Uint8Array());
  assert.equal(record.podName, 'pod-ä-1');
  assert.match(record.address, /127\.0\.0\.1:0\/\d+/);
});
