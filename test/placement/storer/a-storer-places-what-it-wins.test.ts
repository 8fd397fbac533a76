import assert from 'node:assert/strict';
import test from 'node:test';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

for (const [what, sizeBytes] of [
  ['of one byte', 1],
  ['of no bytes', 0],
  ['that is proven whole', 131_072],
  ['that is proven by samples', 200_000],
] as const) {
  test(`an object ${what} is claimed, fetched, committed, proven and placed`, async () => {
    const world = new StorerWorld();
    await using storer = await world.open();
    const object = testObject(sizeBytes);
    const id = world.announce(object);
    await world.until('the claim', () => world.primary.claims.size === 1);
    assert.equal(storer.explain(id)?.stage, 'claimed');
    assert.ok(storer.reservedBytes > 0);
    const claim = world.claim();
    assert.deepEqual(await storer.assign(world.primary.assign(claim)), { ok: true });
    await world.until('the proof', () => world.primary.proven.size === 1);
    await world.until('the stage', () => storer.explain(id)?.stage === 'proven');
    assert.equal(await world.record('pending', id), true);
    world.log.add(world.primary.setKey(id, [claim]));
    await world.until('the end', () => world.events.ends.length === 1);
    assert.deepEqual(world.events.ends, [{ outcome: 'placed' }]);
    assert.equal(await world.record('pending', id), false);
    assert.equal(await world.record('placed', id), true);
    assert.equal(await world.keeper.holds(id), true);
    assert.equal(storer.reservedBytes, 0);
    assert.equal(world.events.fetchedBytes, sizeBytes);
    assert.equal(storer.explain(id)?.stage, 'placed');
  });
}
