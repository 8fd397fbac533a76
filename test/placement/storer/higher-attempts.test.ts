import assert from 'node:assert/strict';
import test from 'node:test';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { decodeClaim } from '../../../src/placement/messages/claim.ts';
import { isSelected } from '../../../src/vrf/lottery.ts';
import { verifyVrf } from '../../../src/vrf/kernels.ts';
import { selectionInput } from '../../../src/vrf/selection-input.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

/** τ = 0.1 of N = 1: of four nodes, one wins in 1 of 40, in the fourth attempt in 1 of 5. */
const RARE = { tauNumerators: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n + 1, 100])) };

/** An object that this storer wins in attempt `wins` and not before, found by the plain formula. */
async function rareObject(world: StorerWorld, wins: number) {
  const { networkId } = world.network.genesis;
  const totalWeight = (await world.log.registryAt(0n)).totalWeight;
  const weight = totalWeight / 4n;
  for (let seed = 1; seed < 5000; seed++) {
    const object = testObject(16, seed);
    const id = world.primary.stage(object);
    const chain = world.log.chain;
    const next = chain.head.number + 2n;
    world.log.add(world.announcement(object));
    const round = world.log.add();
    assert.equal(round, next);
    const won = (attempt: number): boolean => {
      const input = selectionInput({ networkId, round, seed: chain.seedOf(round) ?? id, attempt }, id);
      const output = verifyVrf(world.node.vrfKey, input, world.proofOf(input));
      if (output === undefined) throw new Error('a proof that does not hold');
      return isSelected({ output, weight }, { tauNumerator: 100n, attempt, totalWeight });
    };
    const attempts = Array.from({ length: wins + 1 }, (_, attempt) => won(attempt));
    if (attempts.indexOf(true) === wins) return { id, round };
  }
  throw new Error('no such object');
}

test('a lottery that is lost is run again in the attempt that the primary opens', async () => {
  const world = new StorerWorld({ parameters: RARE });
  const { id, round } = await rareObject(world, 2);
  await using storer = await world.open();
  await world.until('the first lottery', () => storer.explain(id)?.reason === 'threshold');
  for (const attempt of [1, 2]) {
    world.primary.open({ id, round, attempt });
    await world.until(`attempt ${attempt}`, () => storer.explain(id)?.attempt === attempt);
  }
  await world.until('the claim', () => world.primary.claims.size === 1);
  assert.equal(decodeClaim(world.claim()).attempt, 2);
  assert.deepEqual(await storer.assign(world.primary.assign(world.claim())), { ok: true });
  await world.until('the proof', () => world.primary.proven.size === 1);
});

test('the claim of a lower attempt is used in a higher one, and its bytes are held back again', async () => {
  const world = new StorerWorld();
  await using storer = await world.open();
  const id = world.announce(testObject(20_000));
  await world.until('the claim', () => world.primary.claims.size === 1);
  await world.pass(8000);
  assert.equal(storer.reservedBytes, 0);
  world.primary.open({ id, round: 2n, attempt: 1 });
  await world.until('the second try', () => world.events.verdicts.includes('answered duplicate'));
  assert.equal(world.primary.claims.size, 1);
  assert.equal(storer.reservedBytes, 20_480);
  assert.deepEqual(await storer.assign(world.primary.assign(world.claim())), { ok: true });
  await world.until('the proof', () => world.primary.proven.size === 1);
  world.log.add(world.primary.setKey(id, [world.claim()]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
});

test('a claim that nobody could be told of arrives in the next attempt', async () => {
  const world = new StorerWorld();
  world.primary.before = () => Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'away'));
  await using storer = await world.open();
  const id = world.announce(testObject(20_000));
  await world.until('it gives up', () => storer.explain(id)?.reason === 'unreachable');
  world.primary.before = () => undefined;
  world.primary.open({ id, round: 2n, attempt: 1 });
  await world.until('the claim', () => world.primary.claims.size === 1);
  assert.equal(decodeClaim(world.claim()).attempt, 0);
});

test('a storer whose assignment failed draws again in the next attempt', async () => {
  const world = new StorerWorld();
  await using storer = await world.open();
  const id = world.announce(testObject(20_000));
  await world.until('the claim', () => world.primary.claims.size === 1);
  world.primary.stream = async function* () {};
  await storer.assign(world.primary.assign(world.claim(), { deadlineMs: 500 }));
  await world.until('the end', () => world.events.ends.length === 1);
  world.primary.stream = (pieces) => pieces;
  world.primary.open({ id, round: 2n, attempt: 1 });
  await world.until('another claim', () => world.primary.claims.size === 2);
  assert.equal(decodeClaim(world.claim(1)).attempt, 1);
  assert.deepEqual(await storer.assign(world.primary.assign(world.claim(1))), { ok: true });
  await world.until('the proof', () => world.primary.proven.size === 1);
});

test('attempts of unknown objects, of others than its primary, out of range or past its life change nothing', async () => {
  const world = new StorerWorld({ parameters: RARE });
  const { id, round } = await rareObject(world, 1);
  await using storer = await world.open();
  await world.until('the first lottery', () => storer.explain(id)?.reason === 'threshold');
  const before = world.events.lotteriesRun;
  world.primary.open({ id, round, attempt: 0 });
  world.primary.open({ id, round, attempt: 4 });
  world.primary.open({ id, round: round + 1n, attempt: 1 });
  world.log.addUpTo(round - 1n + 20n);
  await world.pass(500);
  world.primary.open({ id, round, attempt: 1 });
  await world.pass(2000);
  assert.equal(world.events.lotteriesRun, before);
  assert.equal(world.primary.claims.size, 0);
});

test('an attempt that is heard of before its round runs when the round is here', async () => {
  const world = new StorerWorld();
  await using _ = await world.open();
  world.log.shownUpTo = 0;
  const id = world.announce(testObject(20_000));
  world.log.addUpTo(12n);
  world.primary.open({ id, round: 2n, attempt: 1 });
  await world.pass(500);
  world.log.show();
  await world.until('the claim', () => world.primary.claims.size === 1);
  assert.equal(decodeClaim(world.claim()).attempt, 1);
});

test('a stream of attempts that breaks is opened again, and told of once', async () => {
  const world = new StorerWorld();
  const watch = world.primary.watchAttempts.bind(world.primary);
  let streams = 0;
  world.primary.watchAttempts = (...call) => {
    if (++streams <= 3) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'away');
    return watch(...call);
  };
  await using storer = await world.open();
  const id = world.announce(testObject(20_000));
  await world.until('the claim', () => world.primary.claims.size === 1);
  world.primary.open({ id, round: 2n, attempt: 1 });
  await world.until('the second try', () => world.events.verdicts.includes('answered duplicate'));
  assert.equal(streams, 4);
  assert.deepEqual(
    world.events.troubles.map(({ what }) => what),
    ['attempts'],
  );
  assert.equal(storer.explain(id)?.stage, 'claimed');
});
