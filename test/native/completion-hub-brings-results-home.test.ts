import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadHubTest } from '../support/hub-test.ts';
import { until } from '../support/until.ts';

/** One call of the sink. */
interface Delivery {
  readonly ids: readonly number[];
  readonly rcs: readonly number[];
  readonly extras: readonly unknown[] | undefined;
}

const hub = loadHubTest();
let deliveries: Delivery[] = [];
hub.start((pairs, extras) => {
  const numbers = [...pairs];
  const ids = numbers.filter((_, i) => i % 2 === 0).map((id) => id >>> 0);
  deliveries.push({ ids, rcs: numbers.filter((_, i) => i % 2 === 1), extras });
});

/** What came since the last call, when `count` results are there. */
async function collect(count: number): Promise<Delivery[]> {
  await until(`${count} results`, () => countOf(deliveries) >= count);
  const collected = deliveries;
  deliveries = [];
  return collected;
}

function countOf(of: readonly Delivery[]): number {
  return of.reduce((sum, { ids }) => sum + ids.length, 0);
}

test('an id comes back with its number, whatever the bits of both', async () => {
  const cases = [
    [0, 0],
    [1, -2],
    [2 ** 31, 2 ** 31 - 1],
    [2 ** 32 - 1, -(2 ** 31)],
  ] as const;
  for (const [id, rc] of cases) {
    hub.submit(id, rc);
    assert.deepEqual(await collect(1), [{ ids: [id], rcs: [rc], extras: undefined }]);
  }
});

test('results of one thread of the engine keep their order', async () => {
  const ids = Array.from({ length: 5000 }, (_, i) => 4 * i);
  for (const id of ids) hub.submit(id, id);
  const all = await collect(ids.length);
  assert.deepEqual(
    all.flatMap((delivery) => delivery.ids),
    ids,
  );
  assert.deepEqual(
    all.flatMap((delivery) => delivery.rcs),
    ids,
  );
});

test('a flood comes in pieces of at most 1024, and none is lost', async () => {
  for (let id = 0; id < 3000; id++) hub.submit(id, -id);
  hub.waitUntilIdle();
  const all = await collect(3000);
  const sizes = all.map(({ ids }) => ids.length);
  assert.deepEqual(sizes, [1024, 1024, 952]);
  const ids = all.flatMap((delivery) => delivery.ids).toSorted((a, b) => a - b);
  assert.deepEqual(
    ids,
    Array.from({ length: 3000 }, (_, i) => i),
  );
});

test('extras come in the order of the pairs, and only when there are some', async () => {
  for (let id = 0; id < 40; id++) {
    if (id % 4 === 0) hub.submit(id, 1, id * 10);
    else hub.submit(id, 1);
  }
  hub.waitUntilIdle();
  const [first, ...more] = await collect(40);
  assert.equal(more.length, 0);
  const expected = first?.ids.map((id) => (id % 4 === 0 ? id * 10 : undefined));
  assert.deepEqual([...(first?.extras ?? [])], expected);
});

test('a refused submission comes through the sink too, on a later turn', async () => {
  hub.refuse(7, -22);
  assert.deepEqual(deliveries, []);
  assert.deepEqual(await collect(1), [{ ids: [7], rcs: [-22], extras: undefined }]);
});

test('cancelling answers what is held, and does nothing to what has ended or was never begun', async () => {
  hub.hold(1);
  hub.hold(2);
  hub.submit(3, 0);
  hub.waitUntilIdle();
  hub.cancel(3);
  hub.cancel(2);
  hub.cancel(99);
  const all = await collect(2);
  const found = all.flatMap(({ ids, rcs }) => ids.map((id, i) => [id, rcs[i]] as const));
  assert.deepEqual(
    new Map(found),
    new Map([
      [3, 0],
      [2, -125],
    ]),
  ); // prettier-ignore
  assert.equal(hub.release(2, 0), false);
  assert.equal(hub.release(1, 5), true);
  assert.deepEqual(await collect(1), [{ ids: [1], rcs: [5], extras: undefined }]);
});

test('background calls settle their promises', async () => {
  const sums = await Promise.all(Array.from({ length: 100 }, async (_, i) => await hub.inBackground(i)));
  assert.deepEqual(
    sums,
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  await assert.rejects(hub.inBackground(-2), {
    message: 'inBackground a test: No such file or directory',
    errno: -2,
    syscall: 'inBackground',
  });
});

test('a million results from four threads all come, each with its own number', async () => {
  const COUNT = 1_000_000;
  const WINDOW = 2048;
  const seen = new Uint8Array(COUNT);
  for (let first = 0; first < COUNT; first += WINDOW) {
    const end = Math.min(first + WINDOW, COUNT);
    for (let id = first; id < end; id++) hub.submit(id, id ^ 0x5555);
    for (const { ids, rcs } of await collect(end - first)) {
      ids.forEach((id, i) => {
        assert.equal(rcs[i], id ^ 0x5555);
        seen[id] = (seen[id] ?? 0) + 1;
      });
    }
  }
  assert.ok(seen.every((times) => times === 1));
});
