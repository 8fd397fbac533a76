import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesToHex } from '@noble/hashes/utils.js';
import { decodeAssign } from '../../../src/placement/messages/assign.ts';
import { decodeSetKey } from '../../../src/placement/messages/set-key.ts';
import { isSigned } from '../../../src/placement/messages/signed-message.ts';
import { decodeReceipt, verifyReceipt } from '../../../src/placement/receipt.ts';
import { PrimaryWorld, stagedFile } from '../../support/primary-world.ts';
import type { Misbehaviour } from '../../support/scripted-storer.ts';

const flip = (bytes: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  const last = changed.length - 1;
  changed[last] = (changed[last] ?? 0) ^ 1;
  return changed;
};

/** Four good storers, and one for each kind of trouble; three replicas, so that every place of a bad one can go on. */
async function placeBeside(trouble: Misbehaviour, sizeBytes = 5000) {
  const world = new PrimaryWorld([{}, {}, {}, ...Array.from({ length: 5 }, () => trouble)]);
  await world.open();
  const content = stagedFile('a file', sizeBytes);
  const receipt = await world.place(content);
  assert.ok(verifyReceipt(receipt, { genesis: world.network.genesis }).ok);
  return { world, content, receipt };
}

const troubles: readonly (readonly [string, Misbehaviour, string, number?])[] = [
  ['claims and never fetches', { diesBefore: 'fetch' }, 'passed: fetch'],
  ['fetches and never commits', { diesBefore: 'commit' }, 'passed: commit'],
  ['commits and never proves', { diesBefore: 'prove' }, 'passed: prove'],
  ['proves with a changed replica', { spoilProof: flip }, 'passed: possession'],
  ['proves with a changed sample', { spoilProof: flip }, 'passed: possession', 200_000],
  ['commits to garbage', { commitsGarbage: true }, 'passed: possession'],
  ['commits to two replicas', { commitsTwice: 'another' }, 'passed: contradiction'],
  ['is full', { refuses: 'full' }, 'passed: full'],
  ['holds it already', { refuses: 'held' }, 'passed: held'],
  ['cannot be reached', { isUnreachable: true }, 'passed: unreachable'],
];

for (const [what, trouble, found, sizeBytes] of troubles) {
  test(`a storer that ${what} loses its place, and the next rank gets it`, async () => {
    const { world, content, receipt } = await placeBeside(trouble, sizeBytes);
    await using _ = world;
    const states = world.explained(content.id);
    assert.deepEqual(states.slice(0, 3), ['signed', 'signed', 'signed']);
    const bad = states.slice(3);
    assert.ok(
      bad.some((state) => state === found),
      states.join('; '),
    );
    for (const state of bad)
      assert.ok([found, 'claimed: rank', 'claimed'].includes(state) || state.startsWith('passed: '), state);
    const signed = decodeSetKey(decodeReceipt(receipt).setKey).commitments.length;
    assert.equal(signed, 3);
    assert.ok(world.events.count(`promotion ${found.slice('passed: '.length)}`) > 0);
    assert.ok(world.storers.slice(3).every(({ proofReplies }) => proofReplies.every(({ ok }) => !ok)));
  });
}

test('two commitments to one claim are kept as evidence, both signed', async () => {
  const { world } = await placeBeside({ commitsTwice: 'another' });
  await using _ = world;
  assert.ok(world.events.evidences.length > 0);
  for (const { claimHash, storerKey, first, second } of world.events.evidences) {
    assert.notDeepEqual(first, second);
    assert.ok(isSigned(first, storerKey) && isSigned(second, storerKey));
    const kept = await world.state.get(`primary/evidence/${bytesToHex(claimHash)}`);
    assert.deepEqual(kept?.value, Uint8Array.from([...first, ...second]));
  }
  const replies = world.storers.flatMap(({ commitReplies }) => commitReplies);
  assert.ok(replies.some((reply) => !reply.ok && reply.reason === 'contradiction'));
});

test('a commitment that comes again gets the same challenge', async () => {
  await using world = new PrimaryWorld(
    Array.from({ length: 4 }, () => ({ commitsTwice: 'the same' as const })),
  );
  await world.open();
  await world.place(stagedFile('a file', 200_000));
  for (const { commitReplies, assigns } of world.storers) {
    if (assigns.length === 0) continue;
    const [first, second] = commitReplies;
    assert.ok(first?.ok === true);
    if (second?.ok === true) assert.deepEqual(second.challenge, first.challenge);
  }
  assert.equal(world.events.evidences.length, 0);
});

test('N + 2 storers are assigned and fetch, no other one', async () => {
  await using world = new PrimaryWorld(Array.from({ length: 9 }, () => ({})));
  await world.open();
  const content = stagedFile('a file', 20_000);
  await world.place(content);
  const assigned = world.storers.filter(({ assigns }) => assigns.length > 0);
  assert.equal(assigned.length, 5);
  assert.equal(world.events.count('assign ok'), 5);
  assert.ok(world.events.servedBytes <= 5 * 20_000);
  const places = assigned.map(({ assigns: [message] }) => decodeAssign(message ?? new Uint8Array()).place);
  assert.deepEqual(new Set(places), new Set([0, 1, 2, 3, 4]));
  const explained = world.primary.explain(content.id)?.storers ?? [];
  assert.deepEqual(
    explained.filter(({ place }) => place !== undefined).map(({ rank }) => rank),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    explained.slice(5).map(({ reason }) => reason),
    ['rank', 'rank', 'rank', 'rank'],
  );
});

test('with too few good storers every attempt is made, and the write fails with reason storers', async () => {
  const bad = Array.from({ length: 4 }, () => ({ diesBefore: 'prove' as const }));
  await using world = new PrimaryWorld([{}, {}, ...bad]);
  await world.open();
  const content = stagedFile('a file');
  await assert.rejects(world.place(content), (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error && 'details' in error);
    assert.equal(error.code, 'PROVENDER_UNAVAILABLE');
    assert.deepEqual(error.details, { reason: 'storers', attempt: 3, found: 2, needed: 3 });
    return true;
  });
  const explanation = world.primary.explain(content.id);
  assert.equal(explanation?.state, 'failed');
  assert.equal(explanation?.failure?.code, 'PROVENDER_UNAVAILABLE');
  assert.equal(await world.primary.receipt(content.id), undefined);
  assert.equal(world.log.chain.placedIn(content.id), undefined);
  for (const attempt of [0, 1, 2, 3]) assert.equal(world.events.count(`attempt ${attempt}`), 1);
});

test('storers that are complete stay while another attempt finds the others', async () => {
  await using world = new PrimaryWorld([
    {},
    {},
    { diesBefore: 'fetch' },
    { claimsFrom: 1 },
    { claimsFrom: 1 },
  ]);
  await world.open();
  const content = stagedFile('a file');
  const receipt = await world.place(content);
  const verdict = verifyReceipt(receipt, { genesis: world.network.genesis });
  assert.ok(verdict.ok);
  assert.equal(verdict.facts.attempt, 1);
  assert.deepEqual(world.explained(content.id).slice(0, 3), ['signed', 'signed', 'passed: fetch']);
  assert.ok(world.storers.slice(0, 2).every(({ assigns }) => assigns.length === 1));
});
