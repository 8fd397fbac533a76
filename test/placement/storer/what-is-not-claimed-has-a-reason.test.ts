import assert from 'node:assert/strict';
import test from 'node:test';
import { objectId } from '../../../src/content/object-id.ts';
import type { PlacementReason } from '../../../src/placement/reasons.ts';
import { StorerWorld, testObject, type WorldChoice } from '../../support/storer-world.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { testNode, updateRecord } from '../../support/test-network.ts';

const NEVER = { tauNumerators: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n + 1, 1])) };
const object = testObject(20_000);

interface Case {
  readonly what: string;
  readonly reason: PlacementReason;
  readonly choice?: WorldChoice;
  readonly options?: (world: StorerWorld) => Parameters<StorerWorld['open']>[0];
  /** Before the object is announced. */
  readonly arrange?: (world: StorerWorld) => void | Promise<void>;
}

const CASES: readonly Case[] = [
  { what: 'the lottery did not select it', reason: 'threshold', choice: { parameters: NEVER } },
  {
    what: 'it has retired',
    reason: 'retired',
    arrange: ({ log, node, network }) => {
      log.add(updateRecord(node, network.name, { changes: { retire: true }, nonce: 2n }));
    },
  },
  { what: 'the log forks', reason: 'fault', arrange: ({ log }) => log.fork() },
  {
    what: 'its VRF key is not that of the snapshot',
    reason: 'proof',
    options: () => ({ vrfKey: testNode('somebody else').vrfKey }),
  },
  {
    what: 'it is not in the snapshot',
    reason: 'unregistered',
    options: () => ({ signer: testNode('a stranger').signer }),
  },
  { what: 'it has no room', reason: 'full', choice: { limitBytes: 20_479 } },
  {
    what: 'it holds the object',
    reason: 'held',
    arrange: async ({ keeper }) => {
      const { content, facts } = object;
      const placed = { round: 0n, seed: bytesOf('another name'), replicaIndex: 0 };
      await keeper.keep({ id: objectId(facts), ...facts, profile: 1, placed }, oneBy(content));
    },
  },
];

for (const { what, reason, choice, options, arrange } of CASES) {
  test(`no claim, and the reason ${reason}: ${what}`, async () => {
    const world = new StorerWorld(choice);
    await arrange?.(world);
    await using storer = await world.open(options?.(world) ?? {});
    const id = world.announce(object);
    await world.until('the explanation', () => storer.explain(id) !== undefined);
    await world.pass(5000);
    const explanation = storer.explain(id);
    assert.equal(explanation?.reason, reason);
    assert.equal(explanation?.stage, 'drawn');
    assert.equal(world.primary.claims.size, 0);
    assert.equal(storer.reservedBytes, 0);
    assert.deepEqual(world.events.troubles, []);
  });
}

test('the explanation of a lottery has its draw, its threshold and the weights', async () => {
  const world = new StorerWorld({ parameters: NEVER });
  await using storer = await world.open();
  const id = world.announce(object);
  await world.until('the explanation', () => storer.explain(id) !== undefined);
  const found = storer.explain(id);
  const snapshot = await world.log.registryAt(0n);
  const weight = snapshot.find(world.node.storerKey)?.weight ?? 0n;
  assert.equal(found?.weight, weight);
  assert.equal(found?.totalWeight, snapshot.totalWeight);
  assert.equal(found?.round, 2n);
  const { draw = 0n, threshold = 0n, selected } = found?.lottery ?? {};
  assert.equal(selected, false);
  assert.ok(draw >= threshold);
  // u · W · den < num · w · 2^256 at the threshold and not below it
  const right = (1n * weight) << 256n;
  assert.ok(threshold * snapshot.totalWeight * 1000n >= right);
  assert.ok((threshold - 1n) * snapshot.totalWeight * 1000n < right);
});

test('room that one claim holds back is no room for another', async () => {
  const world = new StorerWorld({ limitBytes: 40_960 });
  await using storer = await world.open();
  const ids = [1, 2, 3].map((seed) => world.primary.stage(testObject(20_000, seed)));
  world.log.add(...[1, 2, 3].map((seed) => world.announcement(testObject(20_000, seed))));
  world.log.add();
  await world.until('all are explained', () => ids.every((id) => storer.explain(id) !== undefined));
  await world.until('the claims', () => world.primary.claims.size === 2);
  const reasons = ids.map((id) => storer.explain(id)?.reason);
  assert.deepEqual(
    reasons.filter((reason) => reason !== undefined),
    ['full'],
  );
  assert.equal(storer.reservedBytes, 40_960);
  await world.pass(1000 + 3 * 2000 + 100); // Δ1 + 3 · Δ2 of a small object
  assert.equal(storer.reservedBytes, 0);
});

async function* oneBy(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}
