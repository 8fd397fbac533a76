import assert from 'node:assert/strict';
import test from 'node:test';
import type { ObjectId } from '../../../src/content/object-id.ts';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { decodeClaim } from '../../../src/placement/messages/claim.ts';
import type { Storer } from '../../../src/placement/storer/storer.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

const object = testObject(20_000);
const away = (): ProvenderError => new ProvenderError('PROVENDER_UNAVAILABLE', 'nobody answers');

async function assigned(
  world: StorerWorld,
  deadlineMs = 60_000,
): Promise<{ storer: Storer; claim: Uint8Array; id: ObjectId }> {
  const storer = await world.open({ callMs: 1000 });
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  const claim = world.claim();
  assert.deepEqual(await storer.assign(world.primary.assign(claim, { deadlineMs })), { ok: true });
  return { storer, claim, id };
}

for (const how of ['refuses the connection', 'never answers'] as const) {
  test(`a claim reaches a primary that ${how} at first`, async () => {
    const world = new StorerWorld();
    let lost = 0;
    world.primary.before = (call) => {
      if (call !== 'claim' || ++lost > 1) return undefined;
      return how === 'never answers' ? new Promise(() => undefined) : Promise.reject(away());
    };
    await using storer = await world.open();
    const id = world.announce(object);
    await world.until('the claim', () => world.primary.claims.size === 1);
    assert.ok(world.clock.now() <= 1000, `${world.clock.now()} ms`);
    assert.equal(storer.explain(id)?.stage, 'claimed');
  });
}

test('a claim whose answer is lost comes again and is known', async () => {
  const world = new StorerWorld();
  const claim = world.primary.claim.bind(world.primary);
  let answers = 0;
  world.primary.claim = async (...call) => {
    const reply = await claim(...call);
    if (++answers === 1) throw away();
    return reply;
  };
  await using storer = await world.open();
  world.announce(object);
  await world.until('the second answer', () => world.events.verdicts.includes('answered duplicate'));
  assert.ok(storer.reservedBytes > 0);
});

test('a primary that has not seen the round is asked again', async () => {
  const world = new StorerWorld();
  let asked = 0;
  world.primary.before = (call) =>
    call === 'claim' && ++asked <= 2 ? Promise.resolve({ ok: false, reason: 'round' }) : undefined;
  await using _ = await world.open();
  world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  assert.equal(asked, 3);
});

test('a claim that nobody takes ends, and its bytes come back with its time', async () => {
  const world = new StorerWorld();
  world.primary.before = () => Promise.reject(away());
  await using storer = await world.open();
  const id = world.announce(object);
  await world.until('the end', () => storer.explain(id)?.reason === 'unreachable');
  await world.pass(1000 + 3 * 2000);
  assert.equal(storer.reservedBytes, 0);
});

test('a claim that is refused gives its bytes back at once', async () => {
  const world = new StorerWorld();
  world.primary.before = () => Promise.resolve({ ok: false, reason: 'late' });
  await using storer = await world.open();
  const id = world.announce(object);
  await world.until('the answer', () => storer.explain(id)?.reason === 'late');
  assert.equal(storer.reservedBytes, 0);
});

for (const step of ['commit', 'prove'] as const) {
  for (const how of ['is not heard', 'is not answered', 'hangs'] as const) {
    test(`a ${step} that ${how} at first comes again`, async () => {
      const world = new StorerWorld();
      const honest = world.primary[step].bind(world.primary);
      let calls = 0;
      const scripted = async (...call: Parameters<typeof honest>): Promise<unknown> => {
        calls += 1;
        if (calls === 1 && how === 'hangs') return new Promise(() => undefined);
        if (calls === 1 && how === 'is not heard') throw away();
        const reply = await Reflect.apply(honest, world.primary, call);
        if (calls === 1) throw away();
        return reply;
      };
      Object.assign(world.primary, { [step]: scripted });
      const { storer, claim, id } = await assigned(world);
      await using _ = storer;
      await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
      assert.equal(calls, 2);
      assert.equal(world.primary.commits.size, 1);
      world.log.add(world.primary.setKey(id, [claim]));
      await world.until('the end', () => world.events.ends.length === 1);
      assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
    });
  }
}

test('a primary that stops behind the Commit: the replica waits for the log, and goes when time has run out', async () => {
  const world = new StorerWorld();
  world.primary.before = (call) => (call === 'prove' ? new Promise(() => undefined) : undefined);
  const { storer, id } = await assigned(world, 3000);
  await using _ = storer;
  await world.until('it gives up', () => storer.explain(id)?.reason === 'late');
  assert.equal(storer.reservedBytes, 0);
  world.log.addUpTo(20n);
  await world.pass(1000);
  assert.equal(await world.keeper.holds(id), true);
  world.log.add();
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'dropped', reason: 'late' }]);
  assert.equal(await world.keeper.holds(id), false);
  assert.equal(await world.record('pending', id), false);
});

test('a SetKey in the last round that may hold it places the replica, whatever the primary has answered', async () => {
  const world = new StorerWorld();
  world.primary.before = (call) =>
    call === 'prove' ? Promise.resolve({ ok: false, reason: 'possession' }) : undefined;
  const { storer, claim, id } = await assigned(world);
  await using _ = storer;
  await world.until('the refusal', () => storer.explain(id)?.reason === 'possession');
  world.log.addUpTo(20n);
  world.log.add(world.primary.setKey(id, [claim]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
  assert.equal(await world.record('placed', id), true);
});

test('a SetKey without the replica drops it', async () => {
  const world = new StorerWorld();
  const { storer, id } = await assigned(world);
  await using _ = storer;
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  world.log.add(world.foreignSetKey(object, 1n));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'dropped', reason: 'surplus' }]);
  assert.equal(world.keeper.replicas.size, 0);
  assert.equal(await world.record('pending', id), false);
});

test('a SetKey without the replica ends a fetch that runs', async () => {
  const world = new StorerWorld();
  world.primary.before = (call) => (call === 'fetch' ? new Promise(() => undefined) : undefined);
  const { storer } = await assigned(world);
  await using _ = storer;
  await world.pass(100);
  world.log.add(world.foreignSetKey(object, 1n));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.deepEqual(world.events.ends, [{ outcome: 'failed', reason: 'surplus' }]);
  assert.equal(storer.reservedBytes, 0);
  assert.ok(world.clock.now() < 1000);
});

test('a SetKey that comes while the answer to the proof is on its way places the replica', async () => {
  const world = new StorerWorld();
  world.primary.before = (call) => (call === 'prove' ? new Promise(() => undefined) : undefined);
  const { storer, claim, id } = await assigned(world);
  await using _ = storer;
  await world.until('the proof is sent', () => world.primary.calls.some(({ call }) => call === 'prove'));
  world.log.add(world.primary.setKey(id, [claim]));
  await world.until('the end', () => world.events.ends.length === 1, 0);
  assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
});

test('a state store that fails for a while holds nothing up for good', async () => {
  const world = new StorerWorld();
  const txn = world.state.txn.bind(world.state);
  const { storer, claim, id } = await assigned(world);
  await using _ = storer;
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  let failures = 0;
  world.state.txn = (...call) => (++failures <= 3 ? Promise.reject(away()) : txn(...call));
  world.log.add(world.primary.setKey(id, [claim]));
  await world.until('the end', () => world.events.ends.length === 1);
  assert.equal(world.events.troubles.length, 3);
  assert.equal(await world.record('placed', id), true);
});

test('a state store that fails before the first byte: nothing is fetched', async () => {
  const world = new StorerWorld();
  world.state.txn = () => Promise.reject(new ProvenderError('PROVENDER_CORRUPT', 'a broken disk'));
  const { storer, claim } = await assigned(world);
  await world.pass(500);
  assert.equal(
    world.primary.calls.some(({ call }) => call === 'fetch'),
    false,
  );
  assert.equal(storer.reservedBytes, 0);
  assert.equal(decodeClaim(claim).attempt, 0);
  await storer.close();
});

test('a log that cannot be followed for a while is taken up where it stopped, one that forks is left', async () => {
  const world = new StorerWorld();
  const follow = world.log.follow.bind(world.log);
  const asked: bigint[] = [];
  world.log.follow = async function* (from, options) {
    asked.push(from);
    for await (const round of follow(from, options)) {
      if (asked.length === 1 && round.number === 1n) throw away();
      if (round.number === 4n) throw new ProvenderError('PROVENDER_CORRUPT', 'two rounds with one number');
      yield round;
    }
  };
  await using _ = await world.open();
  world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  world.log.addUpTo(6n);
  await world.pass(20_000, 100);
  assert.deepEqual(asked, [0n, 1n]);
  assert.deepEqual(
    world.events.troubles.map(({ what }) => what),
    ['log', 'log'],
  );
});
