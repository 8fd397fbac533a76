import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RoundAges } from '../../../src/placement/storer/round-age.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

const object = testObject(20_000);

test('rounds that come in a burst after a pause are not claimed, the last one is', async () => {
  const world = new StorerWorld();
  await using storer = await world.open();
  world.log.shownUpTo = 0;
  const old = world.announce(object);
  world.log.addUpTo(30n);
  const young = testObject(20_000, 2);
  const id = world.announce(young);
  await world.pass(30_000, 1000);
  world.log.show();
  await world.until('the claim', () => world.primary.claims.size === 1);
  await world.pass(2000);
  assert.equal(world.primary.claims.size, 1);
  assert.equal(storer.explain(old)?.reason, 'late');
  assert.equal(storer.explain(id)?.stage, 'claimed');
});

for (const minutes of [-10, 10]) {
  test(`a clock that is ${minutes} minutes off claims as any other`, async () => {
    const world = new StorerWorld();
    world.clock.shiftUnix(minutes * 60_000);
    await using storer = await world.open();
    const id = world.announce(object);
    await world.until('the claim', () => world.primary.claims.size === 1);
    assert.equal(storer.explain(id)?.reason, undefined);
    world.clock.shiftUnix(-2 * minutes * 60_000);
    await storer.assign(world.primary.assign(world.claim()));
    await world.until('the proof', () => world.primary.proven.size === 1);
  });
}

test('a storer that starts claims the round that is the head, and no older one', async () => {
  const world = new StorerWorld();
  const old = world.announce(object);
  world.log.addUpTo(10n);
  const id = world.announce(testObject(20_000, 2));
  await using storer = await world.open();
  await world.until('the claim', () => world.primary.claims.size === 1);
  await world.pass(2000);
  assert.equal(storer.explain(id)?.stage, 'claimed');
  assert.equal(storer.explain(old), undefined);
});

test('the age of a round is never overstated, however late rounds arrive', () => {
  const interval = 1000;
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.nat(3000), delay: fc.nat(20_000) }), { minLength: 1, maxLength: 40 }),
      (rounds) => {
        const ages = new RoundAges(interval);
        let appended = 0;
        let arrived = 0;
        const times: number[] = [];
        for (const [number, { gap, delay }] of rounds.entries()) {
          appended += interval + gap;
          arrived = Math.max(arrived, appended + delay); // in order, as a log gives them
          times.push(appended);
          ages.seen(BigInt(number), arrived);
          for (const [older, time] of times.entries())
            assert.ok(ages.atLeastMs(BigInt(older), arrived) <= arrived - time);
        }
      },
    ),
  );
});

test('the age of rounds in a burst is known as soon as those behind them are here', () => {
  const ages = new RoundAges(1000);
  for (let number = 0n; number <= 50n; number++) ages.seen(number, 70_000);
  assert.equal(ages.atLeastMs(50n, 70_000), 0);
  assert.equal(ages.atLeastMs(47n, 70_000), 3000);
  assert.equal(ages.atLeastMs(0n, 71_000), 51_000);
});
