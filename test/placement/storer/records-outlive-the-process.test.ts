import assert from 'node:assert/strict';
import test from 'node:test';
import { objectId } from '../../../src/content/object-id.ts';
import { CLAIM_SIZE, encodeClaim } from '../../../src/placement/messages/claim.ts';
import { decodeDurableRecord, encodeDurableRecord } from '../../../src/placement/storer/durable-record.ts';
import { ReplicaRecords } from '../../../src/placement/storer/replica-records.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { openScratch } from '../../support/scratch.ts';
import { StorerWorld, testObject } from '../../support/storer-world.ts';

const object = testObject(20_000);

function claimOf(name: string): { readonly id: ReturnType<typeof objectId>; readonly bytes: Uint8Array } {
  const id = objectId({ ...object.facts, dataRoot: bytesOf(name) });
  const keys = { networkId: bytesOf('network'), storerKey: bytesOf('storer') };
  const claim = { profile: 1, ...keys, id, round: 7n, attempt: 0, proof: new Uint8Array(80) };
  return { id, bytes: encodeClaim(claim) };
}

test('a replica that was committed before the process ended is placed by the SetKey that came meanwhile', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('state');
  let state = await LevelStateStore.open({ directory });
  const world = new StorerWorld({ state });
  const storer = await world.open();
  const id = world.announce(object);
  await world.until('the claim', () => world.primary.claims.size === 1);
  const claim = world.claim();
  await storer.assign(world.primary.assign(claim));
  await world.until('the proof', () => storer.explain(id)?.stage === 'proven');
  await storer.close();
  await state.close();
  world.log.add(world.primary.setKey(id, [claim]));
  world.log.addUpTo(40n);
  state = await LevelStateStore.open({ directory });
  const again = await world.open({ state });
  const records = new ReplicaRecords(state);
  assert.deepEqual(await records.pending(), []);
  assert.deepEqual(await records.placed(id), { claim, isCommitted: true, setKeyRound: 3n });
  assert.equal(await world.keeper.holds(id), true);
  await again.close();
  await state.close();
});

test('more pending records than a page has are all found, and change and go by themselves', async () => {
  await using scratch = await openScratch();
  await using state = await LevelStateStore.open({ directory: scratch.at('state') });
  const records = new ReplicaRecords(state);
  const claims = Array.from({ length: 1003 }, (_, i) => claimOf(`object ${i}`));
  await Promise.all(claims.map(({ id, bytes }) => records.begin(id, bytes)));
  assert.equal((await records.pending()).length, 1003);
  const [first, second, third] = claims;
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are 1003');
  await records.commit(first.id, first.bytes);
  await records.place(second.id, { claim: second.bytes, setKeyRound: 9n });
  await records.forget(third.id);
  await records.forget(third.id);
  const found = await records.pending();
  assert.equal(found.length, 1001);
  assert.deepEqual(
    found.filter(({ isCommitted }) => isCommitted),
    [{ claim: first.bytes, isCommitted: true, setKeyRound: 0n }],
  );
  assert.equal(await records.placed(third.id), undefined);
  assert.equal((await records.placed(second.id))?.setKeyRound, 9n);
});

test('records of another length or version are told, not guessed', () => {
  const bytes = encodeDurableRecord({ claim: claimOf('any').bytes, isCommitted: true, setKeyRound: 5n });
  assert.equal(bytes.length, 10 + CLAIM_SIZE);
  for (const wrong of [new Uint8Array(), bytes.subarray(1), new Uint8Array(bytes.length + 1).fill(1)])
    assert.throws(() => decodeDurableRecord('pending/x', wrong), { name: 'ProvenderError' });
  const newer = Uint8Array.from(bytes);
  newer[0] = 2;
  assert.throws(() => decodeDurableRecord('pending/x', newer), { code: 'PROVENDER_UNSUPPORTED' });
});
