import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAnnounce } from '../../../src/placement/messages/announce.ts';
import { everybodyWins, PrimaryWorld, stagedFile } from '../../support/primary-world.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { setKeyRecord, testNode, type TestNode } from '../../support/test-network.ts';
import { compareClaims } from '../../../src/vrf/lottery.ts';
import { verifyVrf } from '../../../src/vrf/kernels.ts';
import { decodeClaim } from '../../../src/placement/messages/claim.ts';
import { selectionInput } from '../../../src/vrf/selection-input.ts';

/** Another primary places an object with storers of its choice, while this one hears the claims. */
async function placedByAnother(choose: (best: readonly TestNode[]) => readonly TestNode[]) {
  const other = testNode('storer 1');
  const primaries = ['storer 0', 'storer 1'].map((name) => ({
    storerKey: testNode(name).storerKey,
    address: 'a:1',
  }));
  const world = new PrimaryWorld(
    Array.from({ length: 7 }, () => ({})),
    { ...everybodyWins(7), primaries },
  );
  await world.open();
  const { facts, id } = stagedFile('a file of others');
  const { networkId } = world.network.genesis;
  const owner = bytesOf('owner').slice(0, 20);
  const announce = {
    profile: 1,
    networkId,
    id,
    ...facts,
    replicas: 3,
    owner,
    nonce: 1n,
    primaryKey: other.storerKey,
  };
  await world.log.submit(encodeAnnounce(announce, other.signer));
  await world.clock.advance(5000);
  const announced = 1n;
  const seed = world.log.chain.seedOf(announced + 1n) ?? new Uint8Array();
  const ranked = world.storers
    .map(({ node, claims: [claim] }) => {
      const { proof } = decodeClaim(claim ?? new Uint8Array());
      const input = selectionInput({ networkId, round: announced + 1n, seed, attempt: 0 }, id);
      return {
        node,
        output: verifyVrf(node.vrfKey, input, proof) ?? new Uint8Array(),
        storerKey: node.storerKey,
        weight: 64n,
      };
    })
    .toSorted(compareClaims);
  const storers = choose(ranked.map(({ node }) => node));
  await world.log.submit(
    setKeyRecord(world.log.chain, { ...world.network, primary: other }, { facts, announced, storers }),
  );
  await world.clock.advance(5000);
  return { world, id, other };
}

test('claims for objects of other primaries are taken, and nothing is checked or counted while ranks are kept', async () => {
  const { world, id } = await placedByAnother((best) => best.slice(0, 3));
  await using _ = world;
  assert.ok(world.storers.every(({ claimReplies }) => claimReplies.every(({ ok }) => ok)));
  assert.deepEqual(world.events.passed, []);
  const receipt = await world.primary.receipt(id);
  assert.ok(receipt !== undefined, 'receipts are made for objects of any primary');
});

test('one better rank that is missing may be chance', async () => {
  const { world } = await placedByAnother((best) => best.slice(1, 4));
  await using _ = world;
  assert.deepEqual(world.events.passed, []);
});

test('two or more better ranks that were passed over are counted for their primary', async () => {
  const { world, other } = await placedByAnother((best) => best.slice(4));
  await using _ = world;
  assert.deepEqual(world.events.passed, [{ primaryKey: other.storerKey, better: 4 }]);
});
