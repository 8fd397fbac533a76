import assert from 'node:assert/strict';
import test from 'node:test';
import { objectIdHex } from '../../../src/content/object-id.ts';
import { Life, mortal } from '../../support/mortal-port.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

const object = testObject(20_000);
/** More than a whole life has. */
const MOST_STEPS = 12;

/** What the primary signs in the end, if the storer's proof held and it can. */
type Signs = 'this storer' | 'another storer' | 'nothing';

/** Lives a first life up to a step, then a second one to the end of the Announce. @returns durable steps of the first life */
async function twoLives(signs: Signs, life: Life, restart: 'at once' | 'later'): Promise<number> {
  const world = new StorerWorld();
  const first = await world.open({
    state: mortal(world.state, life, ['txn']),
    keeper: mortal(world.keeper, life, ['keep', 'drop']),
    primaries: mortal(world.primary, life, ['commit', 'prove']),
  });
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  const claim = world.claim();
  await first.assign(world.primary.assign(claim));
  await world.until('it is proven, or over', () => life.isOver || first.explain(id)?.stage === 'proven');
  let second = life.isOver && restart === 'at once' ? await world.open() : undefined;
  const isSigned = signs === 'this storer' && world.primary.proven.size === 1;
  if (isSigned) world.log.add(world.primary.setKey(id, [claim]));
  else if (signs !== 'nothing') world.log.add(world.foreignSetKey(object, 1n));
  await world.pass(500);
  if (restart === 'later' || life.isOver) second ??= await world.open();
  world.log.addUpTo(22n);
  await world.pass(500);
  if (life.isOver) second ??= await world.open();
  const storer = second ?? first;
  await world.until('it is settled', async () => !(await world.record('pending', id)));
  await world.until('nothing runs', () => storer.pendingReplicas === 0);
  await world.until('nothing is held back', () => storer.reservedBytes === 0, 0);
  assert.equal(await world.keeper.holds(id), isSigned, `the replica is there: ${isSigned}`);
  assert.equal(await world.record('placed', id), isSigned, objectIdHex(id));
  assert.deepEqual(world.events.troubles, []);
  await storer.close();
  return life.steps;
}

for (const signs of ['this storer', 'another storer', 'nothing'] as const) {
  for (const when of ['before', 'behind'] as const) {
    for (const restart of ['at once', 'later'] as const) {
      test(`a storer that ends ${when} any durable step and comes back ${restart}: ${signs} is signed`, async () => {
        let most = 0;
        for (let step = 1; step <= MOST_STEPS; step++) {
          most = Math.max(most, await twoLives(signs, new Life(step, when), restart));
        }
        assert.ok(most < MOST_STEPS, `${most} steps: every one has been tried`);
        assert.ok(most >= 6, `${most} steps: begin, keep, commit, Commit, proof, end`);
      });
    }
  }
}

test('a replica that the log names and that is not there is told, and its record kept', async () => {
  const world = new StorerWorld();
  await using storer = await world.open();
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  await storer.assign(world.primary.assign(world.claim()));
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  await world.keeper.drop(id);
  world.log.add(world.primary.setKey(id, [world.claim()]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'lost' }]);
  assert.equal(await world.record('placed', id), true);
});

test('a storer that closes drops what is not committed, keeps what is, and holds nothing back', async () => {
  const world = new StorerWorld();
  const storer = await world.open();
  const committed = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  await storer.assign(world.primary.assign(world.claim()));
  await world.until('the proof', () => storer.explain(committed)?.stage === 'proven');
  const fetching = world.announce(testObject(20_000, 2));
  await world.until('the second claim', () => world.primary.claims.size === 2);
  world.primary.before = (call) => (call === 'fetch' ? new Promise(() => undefined) : undefined);
  await storer.assign(world.primary.assign(world.claim(1)));
  await world.until(
    'the fetch',
    () => world.primary.calls.filter(({ call }) => call === 'fetch').length === 2,
  );
  await storer.close();
  assert.equal(storer.reservedBytes, 0);
  assert.equal(storer.pendingReplicas, 0);
  assert.equal(await world.record('pending', committed), true);
  assert.equal(await world.record('pending', fetching), false);
  assert.equal(await world.keeper.holds(committed), true);
  assert.equal(world.clock.sleepers, 0);
});

test('a log that forks drops nothing: the SetKey may be in the other branch', async () => {
  const world = new StorerWorld();
  const storer = await world.open();
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  await storer.assign(world.primary.assign(world.claim()));
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  await storer.close();
  world.log.addUpTo(30n);
  world.log.fork();
  const second = await world.open();
  await world.pass(1000);
  assert.equal(await world.keeper.holds(id), true);
  assert.equal(await world.record('pending', id), true);
  await second.close();
});
