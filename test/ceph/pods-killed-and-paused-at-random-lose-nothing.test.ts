import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeSessionRecord } from '../../src/objects/rados/session-record.ts';
import { readSessionRows } from '../../src/objects/rados/session-rows.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { randomNumbers } from '../support/content.ts';
import { CrashPod } from '../support/crash-pod.ts';
import { radosLeftovers } from '../support/rados-leftovers.ts';
import { type RadosPlace, radosPlace } from '../support/rados-stores.ts';
import { assertSurvived, type Expectation, follow } from '../support/store-crash.ts';
import { type CrashOrders, LANES } from '../support/store-crash-plan.ts';
import type { Draw } from '../support/store-model/outcomes.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
/** Pods that work beside each other; all are killed in the end, one is paused before. */
const PODS = 4;
const ROUNDS = process.env['PROVENDER_TEST_LONG'] === '1' ? 50 : 5;
const MAX_LINES = 60;
const MAX_DELAY_MS = 50;
const DEAD_MS = 800;

/** Waits until others have closed the session of a pod, data and record. */
async function untilSwept(place: RadosPlace, podName: string): Promise<void> {
  await using connection = await place.connect();
  await using objects = await connection.pool(place.pool, { namespace: place.namespace });
  const answer = { signal: new AbortController().signal };
  await until(`the session of ${podName} is closed`, async () => {
    const { records } = await readSessionRows(objects, answer);
    return [...records.values()].every((record) => decodeSessionRecord(record).podName !== podName);
  });
}

/** Runs a pod to a random moment, pauses it until it is swept, lets it go on, kills it. */
async function live(
  place: RadosPlace,
  orders: CrashOrders,
  { draw, isPaused }: { draw: Draw; isPaused: boolean },
): Promise<readonly string[]> {
  await using pod = new CrashPod(orders);
  await pod.tells(2 + draw(MAX_LINES));
  await wait(draw(MAX_DELAY_MS)); // the moment itself is what is random; nothing is expected to have happened
  if (isPaused) {
    pod.pause();
    await untilSwept(place, orders.rados?.podName ?? '');
    pod.resume();
    await pod.tells(1 + draw(MAX_LINES));
  }
  await pod.kill();
  return pod.lines;
}

test(
  `${PODS * ROUNDS} pods, killed at random moments, ${ROUNDS} of them after others took them for dead: nothing acknowledged is lost`,
  WITH_CEPH,
  async (t) => {
    const seed = Number(process.env['PROVENDER_TEST_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
    const place = await radosPlace(ceph);
    const [{ confFile }, { user }] = [await ceph.cluster(), await ceph.pool()];
    const lost: string[] = [];
    await using store = await place.open({
      deadMs: DEAD_MS,
      removalDelayMs: 20,
      lookMs: 100,
      events: { sessionLost: ({ reason }) => void lost.push(reason) },
    });
    const expected: Expectation[] = Array.from({ length: PODS }, () => new Map());
    await using connection = await place.connect();
    const { pool, namespace } = place;
    let lines = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const pods = expected.map(async (own, i) => {
        const orders = {
          adapter: 'rados',
          directory: '',
          seed: seed * 1000 + round * PODS + i,
          firstLane: i * LANES,
          rados: { confFile, user, pool, namespace, deadMs: DEAD_MS, killAfter: 0, podName: `pod ${i}` },
        };
        const draw = randomNumbers(`${seed}/${round}/${i}`);
        const told = await live(place, orders, { draw, isPaused: i === round % PODS });
        follow(own, told);
        lines += told.length;
      });
      await Promise.all(pods);
      await until('one session is left, and nothing without a head', async () => {
        const left = await radosLeftovers({ connection, pool, namespace });
        assert.deepEqual(left, left.filter((name) => name.startsWith('sessions s.')).slice(0, 1));
        return true;
      });
      for (const own of expected) await assertSurvived(store, own);
    }
    t.diagnostic(`${lines} lines told; the pod that looked on lost ${lost.length} sessions`);
  },
);
