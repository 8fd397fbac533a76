import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeAssign } from '../../../src/placement/messages/assign.ts';
import { claimHash, decodeClaim } from '../../../src/placement/messages/claim.ts';
import type { Storer } from '../../../src/placement/storer/storer.ts';
import { deferred } from '../../support/deferred.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';
import { testNode } from '../../support/test-network.ts';

/** A storer whose claim has come. */
async function claimed(world: StorerWorld): Promise<{ storer: Storer; claim: Uint8Array }> {
  const storer = await world.open();
  world.announce(testObject(20_000));
  await world.until('the claim', () => world.primary.claims.size === 1);
  return { storer, claim: world.claim() };
}

test('bytes that are no Assign, another network, a wrong signature and an unknown claim have their reasons', async () => {
  const world = new StorerWorld();
  const { storer, claim } = await claimed(world);
  await using _ = storer;
  const good = world.primary.assign(claim);
  const stranger = testNode('a stranger');
  const fields = {
    ...decodeClaim(claim),
    claimHash: claimHash(claim),
    place: 0,
    deadlineMs: 1,
    sources: ['a:1'],
  };
  const foreign = encodeAssign({ ...fields, primaryKey: stranger.storerKey }, stranger.signer);
  const flipped = Uint8Array.from(good);
  flipped[good.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(), 'form'],
    [bytesOf('noise'), 'form'],
    [good.subarray(0, good.length - 1), 'form'],
    [world.primary.assign(claim, { networkId: bytesOf('another network') }), 'network'],
    [foreign, 'signature'],
    [flipped, 'signature'],
    [world.primary.assign(claim, { claimHash: bytesOf('nobody claimed this') }), 'unknown'],
    [world.primary.assign(claim, { profile: 2 }), 'profile'],
  ];
  for (const [message, reason] of cases)
    assert.deepEqual(await storer.assign(message), { ok: false, reason });
  assert.deepEqual(await storer.assign(good), { ok: true });
});

test('no byte of an Assign can be changed', async () => {
  const world = new StorerWorld();
  const { storer, claim } = await claimed(world);
  await using _ = storer;
  const good = world.primary.assign(claim);
  for (let at = 0; at < good.length; at++) {
    const bad = Uint8Array.from(good);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    assert.equal((await storer.assign(bad)).ok, false, `byte ${at}`);
  }
});

test('an Assign that comes again gets the same answer and starts nothing', async () => {
  const world = new StorerWorld();
  const { storer, claim } = await claimed(world);
  await using _ = storer;
  const message = world.primary.assign(claim);
  const another = world.primary.assign(claim, { place: 3 });
  const replies = await Promise.all([message, message, another, message].map((one) => storer.assign(one)));
  assert.deepEqual(
    replies,
    Array.from({ length: 4 }, () => ({ ok: true })),
  );
  await world.until('the proof', () => world.primary.proven.size === 1);
  assert.deepEqual(await storer.assign(message), { ok: true });
  await world.pass(1000);
  assert.equal(world.primary.calls.filter(({ call }) => call === 'fetch').length, 1);
  assert.equal(storer.pendingReplicas, 1);
});

test('an Assign behind the one that failed is late, the one that failed keeps its answer', async () => {
  const world = new StorerWorld();
  const { storer, claim } = await claimed(world);
  await using _ = storer;
  world.primary.stream = async function* () {};
  const message = world.primary.assign(claim, { deadlineMs: 1000 });
  assert.deepEqual(await storer.assign(message), { ok: true });
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'late' }]);
  assert.deepEqual(await storer.assign(message), { ok: true });
  assert.deepEqual(await storer.assign(world.primary.assign(claim)), { ok: false, reason: 'late' });
  assert.equal(storer.reservedBytes, 0);
});

test('no more assignments wait than are bounded, and the first ones go on', async () => {
  const world = new StorerWorld();
  await using storer = await world.open({ assignments: 1 });
  const objects = Array.from({ length: 35 }, (_, seed) => testObject(5000, seed + 1));
  for (const object of objects) world.primary.stage(object);
  world.log.add(...objects.map((object) => world.announcement(object)));
  world.log.add();
  await world.until('the claims', () => world.primary.claims.size === 35);
  const gate = deferred();
  world.primary.before = async (call) => {
    if (call === 'fetch') await gate.promise;
    return undefined;
  };
  const replies = await Promise.all(
    objects.map((_, n) => storer.assign(world.primary.assign(world.claim(n)))),
  );
  assert.deepEqual(
    replies.map((reply) => (reply.ok ? 'ok' : reply.reason)),
    [...Array.from({ length: 33 }, () => 'ok'), 'full', 'full'],
  );
  await world.pass(100);
  assert.equal(world.primary.calls.filter(({ call }) => call === 'fetch').length, 1);
  gate.resolve();
  await world.until('the proofs', () => world.primary.proven.size === 33);
});

test('an assignment whose turn does not come in time ends, and gives its bytes back', async () => {
  const world = new StorerWorld();
  await using storer = await world.open({ assignments: 1 });
  const objects = [testObject(5000, 1), testObject(5000, 2)];
  for (const object of objects) world.primary.stage(object);
  world.log.add(...objects.map((object) => world.announcement(object)));
  world.log.add();
  await world.until('the claims', () => world.primary.claims.size === 2);
  world.primary.stream = async function* () {};
  const first = world.primary.assign(world.claim(0), { deadlineMs: 5000 });
  const second = world.primary.assign(world.claim(1), { deadlineMs: 1000 });
  assert.deepEqual([await storer.assign(first), await storer.assign(second)], [{ ok: true }, { ok: true }]);
  await world.until('the second ends', () => world.events.ends.length === 1);
  assert.ok(storer.reservedBytes > 0);
  await world.until('the first ends', () => world.events.ends.length === 2);
  assert.equal(storer.reservedBytes, 0);
});

test('an object that is announced twice has two claims and one assignment', async () => {
  const world = new StorerWorld();
  await using storer = await world.open();
  const object = testObject(20_000);
  world.primary.stage(object);
  world.log.add(world.announcement(object));
  world.log.add(world.announcement(object));
  world.log.add();
  await world.until('the claims', () => world.primary.claims.size === 2);
  const [first, second] = [world.claim(0), world.claim(1)];
  assert.notEqual(decodeClaim(first).round, decodeClaim(second).round);
  assert.deepEqual(await storer.assign(world.primary.assign(second)), { ok: true });
  assert.deepEqual(await storer.assign(world.primary.assign(first)), { ok: false, reason: 'held' });
  await world.until('the proof', () => world.primary.proven.size === 1);
  const id = decodeClaim(second).id;
  world.log.add(world.primary.setKey(id, [second]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
  assert.equal(storer.reservedBytes, 0);
});

test('a storer that has closed takes nothing', async () => {
  const world = new StorerWorld();
  const { storer, claim } = await claimed(world);
  await storer.close();
  await storer.close();
  await assert.rejects(storer.assign(world.primary.assign(claim)), { code: 'PROVENDER_CLOSED' });
  assert.equal(storer.reservedBytes, 0);
});
