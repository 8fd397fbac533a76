import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { assertSurvived, type Expectation, follow, runCrashChild } from '../support/store-crash.ts';
import { listAll } from '../support/store-reading.ts';
import { until } from '../support/until.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';

const ceph = useCeph();
/** More runs of steps than the script has. */
const STEP_LIMIT = 300;
/** Every so many; all of them in a long run. */
const STRIDE = process.env['PROVENDER_TEST_LONG'] === '1' ? 1 : 3;

async function clear(store: ObjectStore): Promise<void> {
  for (const { id, head } of await listAll(store, 'chunks')) await store.removeChunk(id, head);
  for (const { id, head } of await listAll(store, 'objects')) await store.remove(id, head);
}

/** Waits until every dead session is fenced and swept and every removal done. */
async function untilSwept(place: RadosPlace): Promise<void> {
  await using connection = await place.connect();
  const { pool, namespace } = place;
  await until('one session is left, and nothing without a head', async () => {
    const left = await radosLeftovers({ connection, pool, namespace });
    assert.deepEqual(left, left.filter((name) => name.startsWith('sessions s.')).slice(0, 1));
    return true;
  });
}

test('killed in each durable step in turn a pod leaves a whole store behind', WITH_CEPH, async (t) => {
  const place = await radosPlace(ceph);
  const { confFile } = await ceph.cluster();
  const { user } = await ceph.pool();
  // Closes the dead sessions of the others; those of the second child have mostly been closed by it.
  await using store = await place.open({ removalDelayMs: 20, lookMs: 100 });
  const rados = { confFile, user, pool: place.pool, namespace: place.namespace, deadMs: 250 };
  const orders = (killAtStep: number) => ({
    adapter: 'rados',
    directory: '',
    killAtStep,
    rados: { ...rados, killAfter: killAtStep % 5 },
  });
  for (let step = 1; ; step += STRIDE) {
    assert.ok(step < STEP_LIMIT, 'the script ends');
    const expected: Expectation = new Map();
    const { lines, signal } = await runCrashChild(orders(step));
    follow(expected, lines);
    if (step % 2 === 0) {
      // And once more, while it works beside the leftovers of the first one or sweeps them.
      const again = await runCrashChild(orders(1 + ((step / 2) % 9)));
      follow(expected, again.lines);
    }
    await untilSwept(place);
    await assertSurvived(store, expected);
    await clear(store);
    if (signal === undefined) return t.diagnostic(`${step - 1} runs of steps`);
  }
});
