import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeClaim } from '../../../src/placement/messages/claim.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';
import { testNode } from '../../support/test-network.ts';

const object = testObject(20_000);
const [first, second] = [testNode('storer 0'), testNode('storer 2')];

/** A storer with a committed replica of which the log has not spoken. */
async function committed(world: StorerWorld) {
  const storer = await world.open();
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  await storer.assign(world.primary.assign(world.claim()));
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  return { storer, id };
}

test('a primary that announces an object again has ended the placement before: its replica goes, and the storer claims anew', async () => {
  const world = new StorerWorld();
  const { storer, id } = await committed(world);
  await using _ = storer;
  world.log.add(world.announcement(object));
  await world.until('the old one ends', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'dropped', reason: 'unknown' }]);
  world.log.add();
  await world.until('another claim', () => world.primary.claims.size === 2);
  const claim = world.claim(1);
  assert.equal(decodeClaim(claim).round, 4n);
  await storer.assign(world.primary.assign(claim));
  await world.until('the second proof', () => world.primary.proven.size === 2);
  world.log.add(world.primary.setKey(id, [claim]));
  await world.until('the end', () => world.events.ends.length === 2);
  assert.deepEqual(world.events.ends[1], { outcome: 'placed' });
  assert.equal(await world.keeper.holds(id), true);
});

test('the same while the storer was away', async () => {
  const world = new StorerWorld();
  const { storer, id } = await committed(world);
  await storer.close();
  world.log.add(world.announcement(object));
  world.log.add();
  await using again = await world.open();
  await world.until('the old one goes', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'dropped', reason: 'unknown' }]);
  assert.equal(await world.record('pending', id), false);
  assert.equal(again.pendingReplicas, 0);
});

test('another primary that announces the object ends nothing of the first', async () => {
  const world = new StorerWorld({ primaries: [first, second] });
  const { storer, id } = await committed(world);
  await using _ = storer;
  world.log.add(world.announcement(object, 1, second));
  world.log.add();
  await world.until('the lottery', () => storer.explain(id)?.reason === 'held');
  world.log.add(world.primary.setKey(id, [world.claim()]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
});

test('an Announce of a log that forks ends nothing', async () => {
  const world = new StorerWorld();
  const { storer, id } = await committed(world);
  await using _ = storer;
  world.log.fork();
  world.log.add(world.announcement(object));
  await world.pass(500);
  assert.equal(await world.keeper.holds(id), true);
  assert.equal(storer.pendingReplicas, 1);
});

test('claims go to every primary of the genesis', async () => {
  const world = new StorerWorld({ primaries: [first, second] });
  await using _ = await world.open();
  world.announce(object);
  const told = (): readonly string[] =>
    world.primary.calls.flatMap(({ call, to }) =>
      call === 'claim' && typeof to !== 'string' ? [to.address] : [],
    );
  await world.until('both have it', () => told().length === 2);
  assert.deepEqual(told(), ['127.0.0.1:7411', '127.0.0.1:7412']);
});
