import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripeKey } from '../../src/objects/data-names.ts';
import { SESSIONS_KEY } from '../../src/objects/rados/keys.ts';
import type { PaymentDecision, PaymentMarks } from '../../src/objects/payment-marks.ts';
import type { RadosSession } from '../../src/objects/rados/rados-session.ts';
import { readCatalog } from '../../src/objects/rados/catalog-rows.ts';
import { type Tag, tagName } from '../../src/objects/tag.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { namesIn, radosLeftovers } from '../support/rados-leftovers.ts';
import { type RadosNamespace, radosNamespace, type RadosPod } from '../support/rados-pod.ts';
import { publishRaw, removeRaw, stageRaw } from '../support/rados-raw-data.ts';
import { makeCollection, makeQuickFile } from '../support/store-objects.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const answer = { signal: new AbortController().signal };
const FILE = makeQuickFile('swept', 3 * 4096 * 1024 - 5);
const COLLECTION = makeCollection('swept', 70);

/** A pod that seems dead to others and looks at none. */
function silent(store: RadosNamespace): Promise<RadosPod> {
  return store.pod({ beatMs: 3_600_000, deadMs: 7_200_000, lookMs: 3_600_000, podName: 'silent' });
}

/** Every kind of leftover of object-layout.md, section 8. @returns tags that stay */
async function leaveThings(session: RadosSession): Promise<Tag[]> {
  await stageRaw(session, { object: FILE, stripes: [0, 1], roots: false, named: false });
  await stageRaw(session, { object: FILE, stripes: [2], roots: false });
  await stageRaw(session, { object: FILE });
  await stageRaw(session, { object: FILE, stripes: [] });
  await stageRaw(session, { object: COLLECTION });
  await stageRaw(session, { object: COLLECTION, named: false });
  const removed = makeCollection('removed', 5);
  await removeRaw(session, removed, await stageRaw(session, { object: removed }));
  const half = makeQuickFile('half deleted', 9 * 2 ** 20);
  await removeRaw(session, half, await stageRaw(session, { object: half, stripes: [2], roots: false }));
  const kept = makeQuickFile('kept', 5 * 2 ** 20);
  const keptTag = await stageRaw(session, { object: kept });
  await publishRaw(session, kept, keptTag);
  const nameless = makeCollection('nameless', 3);
  const namelessTag = await stageRaw(session, { object: nameless, named: false });
  await publishRaw(session, nameless, namelessTag);
  return [keptTag, namelessTag];
}

test('every kind of leftover of a dead session goes, and nothing else', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const dead = await silent(store);
  const kept = await leaveThings(dead.sessions.current());
  await using pod = await store.pod();
  const own = pod.sessions.current();
  const staged = await stageRaw(own, { object: FILE, roots: true });
  await own.data.writeFull('what is this', Uint8Array.of(1));
  await until('the sweep', () => pod.reports.swept.length > 0);
  assert.deepEqual(pod.reports.fenced, [1]);
  assert.deepEqual(pod.reports.failures, []);
  const [swept] = pod.reports.swept;
  assert.equal(swept?.tags, 8);
  assert.ok((swept?.bytes ?? 0) > 3 * 4096 * 1024);
  assert.ok(pod.reports.foreign.includes('what is this'));
  await using looker = await store.connect();
  const names = await namesIn({ connection: looker, pool: store.pool, namespace: `${store.namespace}.data` });
  const tags = new Set(names.map((name) => name.split('/')[0]));
  assert.deepEqual(tags, new Set([...kept, staged].map(tagName)).add('what is this'));
  const left = await radosLeftovers({ connection: looker, ...store });
  assert.deepEqual(
    left.filter((name) => !name.startsWith(`data ${tagName(staged)}`)),
    ['sessions s.00000002', 'data what is this'],
  );
  await assert.rejects(
    dead.sessions.current().data.writeFull(stripeKey(own.nextTag(), 0), Uint8Array.of(1)),
    {
      code: 'ESHUTDOWN',
    },
  );
  await own.data.remove('what is this');
  await dead.sessions.close();
});

test('what a session that has no record left behind goes at the next open', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const first = await silent(store);
  await stageRaw(first.sessions.current(), { object: COLLECTION });
  const objects = first.sessions.current().objects;
  await objects.change(SESSIONS_KEY, [{ do: 'omapRemove', keys: ['s.00000001'] }]);
  await using pod = await store.pod();
  await until('the sweep', () => pod.reports.swept.length > 0);
  await using looker = await store.connect();
  assert.deepEqual(await radosLeftovers({ connection: looker, ...store }), ['sessions s.00000002']);
  await first.sessions.close();
});

test('paid data stays and is reported where nobody can be asked', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const dead = await silent(store);
  const operation = Uint8Array.of(1, 2, 3);
  const tag = await stageRaw(dead.sessions.current(), { object: FILE, operation });
  await stageRaw(dead.sessions.current(), { object: FILE });
  await using pod = await store.pod();
  await until('the report', () => pod.reports.paidKept.length > 0);
  await using looker = await store.connect();
  await until('all but the paid data is gone', async () => {
    const left = await radosLeftovers({ connection: looker, ...store });
    const data = new Set(left.filter((name) => name.startsWith('data')).map((name) => name.slice(5, 22)));
    return data.size === 1 && data.has(tagName(tag)) && left.includes('sessions s.00000001');
  });
  await dead.sessions.close();
});

test('a sweeper asks for payments, publishes what was paid and drops the rest', WITH_CEPH, async () => {
  const store = await radosNamespace(ceph);
  const dead = await silent(store);
  const session = dead.sessions.current();
  const decisions = new Map<string, PaymentDecision>();
  const marks: PaymentMarks = {
    dropOrPublish: async (operation) => decisions.get(String(operation[0])) ?? { is: 'drop' },
  };
  const stagePaid = async (number: number, upload: Omit<Parameters<typeof stageRaw>[1], 'operation'>) => {
    const tag = await stageRaw(session, { ...upload, operation: Uint8Array.of(number) });
    decisions.set(String(number), { is: 'paid', tag, head: upload.object.head(tag) });
    return tag;
  };
  const file = await stagePaid(1, { object: FILE });
  const collection = await stagePaid(2, { object: COLLECTION, rows: false });
  const torn = makeQuickFile('torn', 9 * 2 ** 20);
  await stagePaid(3, { object: torn, stripes: [0, 2] });
  const unpaid = makeQuickFile('unpaid', 2 ** 20);
  await stageRaw(session, { object: unpaid, operation: Uint8Array.of(9) });
  const removed = makeQuickFile('removed', 2 ** 20);
  await removeRaw(session, removed, await stagePaid(4, { object: removed }));
  await using pod = await store.pod({ marks });
  await until('the sweep', () => pod.reports.swept.length > 0);
  assert.equal(pod.reports.swept[0]?.published, 2);
  const { objects } = pod.sessions.current();
  for (const [object, tag] of [[FILE, file] as const, [COLLECTION, collection] as const]) {
    const { headTag } = await readCatalog(objects, { id: object.id, tag }, answer);
    assert.deepEqual(headTag, tag);
  }
  await using looker = await store.connect();
  assert.deepEqual(await radosLeftovers({ connection: looker, ...store }), ['sessions s.00000002']);
  let rows = 0;
  for (const name of await namesIn({ connection: looker, ...store }))
    if (name.startsWith('x/')) for await (const _ of objects.omapEntries(name)) rows++;
  assert.equal(rows, 70);
  await dead.sessions.close();
});
