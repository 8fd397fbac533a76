import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { encodeClaim, decodeClaim } from '../../../src/placement/messages/claim.ts';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { verifyReceipt } from '../../../src/placement/receipt.ts';
import { proveVrf } from '../../../src/vrf/kernels.ts';
import { selectionInput } from '../../../src/vrf/selection-input.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { everybodyWins, PrimaryWorld, stagedFile } from '../../support/primary-world.ts';
import type { Misbehaviour } from '../../support/scripted-storer.ts';
import { registerRecord, testNode, updateRecord } from '../../support/test-network.ts';

/** A claim with some fields of its own, the rest as it was. */
function changed(change: (claim: ReturnType<typeof decodeClaim>) => Partial<ReturnType<typeof decodeClaim>>) {
  return (message: Uint8Array): Uint8Array => {
    const claim = decodeClaim(message);
    return encodeClaim({ ...claim, ...change(claim) });
  };
}

/** π with a point of order 8 added to Γ: the same β, another encoding. */
function withTorsion(proof: Uint8Array): Uint8Array {
  const { Point } = ed25519;
  const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  assert.ok(torsion.isSmallOrder());
  const gamma = Point.fromBytes(proof.slice(0, 32)).add(torsion).toBytes();
  return Uint8Array.from([...gamma, ...proof.slice(32)]);
}

const bad: readonly (readonly [string, Misbehaviour, string])[] = [
  ['a forged proof', { spoilClaim: changed(() => ({ proof: new Uint8Array(80).fill(7) })) }, 'proof'],
  [
    'the proof of another key',
    { spoilClaim: changed((claim) => ({ proof: proofBy(bytesOf('another'), claim) })) },
    'proof',
  ],
  ['a proof with torsion', { spoilClaim: changed(({ proof }) => ({ proof: withTorsion(proof) })) }, 'proof'],
  ['a proof for another attempt', { spoilClaim: changed(() => ({ attempt: 1 })) }, 'attempt'],
  ['another profile', { spoilClaim: changed(() => ({ profile: 2 })) }, 'profile'],
  [
    'a storer that nobody registered',
    { spoilClaim: changed(() => ({ storerKey: testNode('nobody').storerKey })) },
    'unregistered',
  ],
  ['too late a claim', { claimAfterMs: 1000 }, 'late'],
];

function proofBy(
  secret: Uint8Array,
  { id, round, attempt, networkId }: ReturnType<typeof decodeClaim>,
): Uint8Array {
  return proveVrf(secret, selectionInput({ networkId, round, seed: bytesOf('any'), attempt }, id));
}

for (const [what, does, reason] of bad) {
  test(`${what} is refused with reason ${reason}`, async () => {
    await using world = new PrimaryWorld([{}, {}, {}, does]);
    await world.open();
    const content = stagedFile('a file');
    await world.place(content);
    const [reply] = world.storers[3]?.claimReplies ?? [];
    assert.deepEqual(reply, { ok: false, reason });
    assert.equal(world.events.count(`claim ${reason}`), 1);
    const refused = world.primary.explain(content.id)?.storers.filter((one) => one.reason === reason);
    assert.equal(refused?.length, 1);
    assert.equal(refused?.[0]?.state, 'passed');
  });
}

test('claims for other rounds, objects and networks are refused', async () => {
  await using world = new PrimaryWorld([{}, {}, {}]);
  const primary = await world.open();
  await world.place(stagedFile('a file'));
  const [first] = world.storers[0]?.claims ?? [];
  assert.ok(first !== undefined);
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [first, 'unknown'], // a replay: the placement has ended
    [changed(() => ({ networkId: bytesOf('other') }))(first), 'network'],
    [changed(({ round }) => ({ round: round + 50n }))(first), 'round'],
    [changed(() => ({ id: stagedFile('another').id }))(first), 'unknown'],
    [first.subarray(1), 'form'],
    [new Uint8Array(), 'form'],
  ];
  for (const [message, reason] of cases)
    assert.deepEqual(await primary.claim(message, 'peer'), { ok: false, reason });
});

test('a claim that comes again gets the same answer, and another one of the same storer is a duplicate', async () => {
  await using world = new PrimaryWorld([{}, {}, {}, { claimsFrom: 1 }]);
  const primary = await world.open();
  const content = stagedFile('a file');
  const placed = primary.place(content, { profile: 1, replicas: 4, name: '' });
  const [storer] = world.storers;
  const replies: unknown[] = [];
  const watching = (async () => {
    for await (const { attempt, round, id } of primary.watchAttempts()) {
      const seed = world.log.chain.seedOf(round) ?? new Uint8Array();
      const again = storer?.claims[0] ?? new Uint8Array();
      replies.push(await primary.claim(again, 'peer'));
      const object = { ...content.facts, profile: 1, id, round, seed };
      replies.push(await primary.claim(storer?.claimOf(object, attempt) ?? again, 'peer'));
    }
  })();
  await world.clock.drive(placed);
  assert.deepEqual(replies, [{ ok: true }, { ok: false, reason: 'duplicate' }]);
  await primary.close();
  await watching;
});

test('a peer with three bad proofs is not heard for ten minutes, others are', async () => {
  const forged = { spoilClaim: changed(() => ({ proof: new Uint8Array(80).fill(7) })) };
  await using world = new PrimaryWorld([{}, {}, {}, forged]);
  const primary = await world.open();
  for (const name of ['first', 'second', 'third', 'fourth']) await world.place(stagedFile(name));
  const replies = world.storers[3]?.claimReplies.map((reply) => !reply.ok && reply.reason);
  assert.deepEqual(replies, ['proof', 'proof', 'proof', 'blocked']);
  const [forgedClaim] = world.storers[3]?.claims ?? [];
  const peer = world.storers[3]?.node.name ?? '';
  await world.clock.advance(600_000);
  assert.deepEqual(await primary.claim(forgedClaim ?? new Uint8Array(), peer), {
    ok: false,
    reason: 'unknown',
  });
});

test('a storer that registered after the snapshot, or is not selected, has no place', async () => {
  const [late, change] = [testNode('latecomer'), everybodyWins(4)];
  await using world = new PrimaryWorld([{}, {}, {}, {}], change);
  await world.open();
  await world.log.submit(registerRecord(late, world.network.name));
  const content = stagedFile('a file');
  const latecomer = { spoilClaim: changed(() => ({ storerKey: late.storerKey })) };
  Object.assign(world.storers[3]?.does ?? {}, latecomer);
  await world.place(content);
  assert.ok(world.log.chain.registry.node(late.storerKey) !== undefined);
  assert.deepEqual(world.storers[3]?.claimReplies, [{ ok: false, reason: 'unregistered' }]);
});

test('who is not selected is refused, and the next attempt doubles the odds until enough are', async () => {
  const scripts = Array.from({ length: 12 }, (_, i) => ({ claimsFrom: i % 4 }));
  const tauNumerators = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n + 1, 6500]));
  await using world = new PrimaryWorld(scripts, { parameters: { tauNumerators, regionCap: false } });
  await world.open();
  const content = stagedFile('some file');
  await world.place(content);
  const explanation = world.primary.explain(content.id);
  assert.ok(explanation !== undefined && explanation.attempt > 0);
  assert.equal(explanation.tauNumerator, 6500n);
  assert.ok(world.events.count('claim threshold') > 0);
  assert.ok(explanation.storers.some(({ reason }) => reason === 'threshold'));
});

test('a claim that comes before the primary has read its round waits for it', async () => {
  await using world = new PrimaryWorld([{}, {}, {}]);
  const primary = await world.open();
  const content = stagedFile('a file');
  const placed = primary.place(content, { profile: 1, replicas: 3, name: '' });
  const { log, clock, storers } = world;
  while (log.head().number < 1n) await clock.advance(100);
  log.show(1); // round 2, of the lottery, is there, but nobody follows it yet
  while (log.head().number < 2n) await clock.advance(100);
  const seed = log.chain.seedOf(2n) ?? new Uint8Array();
  const object = { ...content.facts, profile: 1, id: content.id, round: 2n, seed };
  const early = storers[0]?.claimOf(object, 0) ?? new Uint8Array();
  const reply = primary.claim(early, 'peer');
  await clock.advance(500);
  assert.equal(primary.explain(content.id)?.state, 'announcing');
  log.show();
  assert.deepEqual(await clock.drive(reply), { ok: true });
  await clock.drive(placed);
});

test('claims of one peer that wait are bounded, and so are those that wait for their round', async () => {
  for (const limits of [{ peerClaims: 2 }, { earlyClaims: 2 }]) {
    await using world = new PrimaryWorld([{}]);
    const primary = await world.open(limits);
    const early = encodeClaim({
      profile: 1,
      networkId: world.network.genesis.networkId,
      id: stagedFile('a file').id,
      round: 1n,
      attempt: 0,
      storerKey: world.network.primary.storerKey,
      proof: new Uint8Array(80),
    });
    const waiting = [primary.claim(early, 'peer'), primary.claim(early, 'peer')];
    await assert.rejects(primary.claim(early, 'peer'), (error: unknown) =>
      isProvenderError(error, 'PROVENDER_BUSY'),
    );
    const replies = await world.clock.drive(Promise.all(waiting));
    assert.deepEqual(replies, [
      { ok: false, reason: 'round' },
      { ok: false, reason: 'round' },
    ]);
    const later = world.clock.drive(primary.claim(early, 'peer'));
    assert.deepEqual(await later, { ok: false, reason: 'round' });
  }
});

test('a storer that has retired has no place any more, though the snapshot still holds it', async () => {
  await using world = new PrimaryWorld([{}, {}, {}, {}]);
  await world.open();
  const [, , , , node] = world.network.nodes;
  assert.ok(node !== undefined);
  await world.log.submit(updateRecord(node, world.network.name, { changes: { retire: true }, nonce: 2n }));
  await world.clock.advance(2000);
  const content = stagedFile('a file');
  await world.place(content);
  assert.deepEqual(world.storers[3]?.claimReplies, [{ ok: false, reason: 'retired' }]);
  assert.equal(world.explained(content.id)[3], 'passed: retired');
});

test('operators and regions that have their places are skipped, and explain says so', async () => {
  const name = 'test network';
  const nodes = Array.from({ length: 9 }, (_, i) => testNode(`storer ${i}`));
  const records = nodes.map((node, i) =>
    registerRecord(node, name, {
      region: i <= 5 ? 1 : 2,
      ...(i === 1 || i === 2 || i === 3
        ? { operatorId: bytesOf('one operator'), owner: bytesOf(`owner ${i}`).slice(0, 20) }
        : {}),
    }),
  );
  const { parameters } = everybodyWins(8);
  await using world = new PrimaryWorld(
    Array.from({ length: 8 }, () => ({})),
    {
      records,
      parameters: { ...parameters, regionCap: true },
    },
  );
  await world.open();
  const content = stagedFile('a file');
  const receipt = await world.place(content, { replicas: 4 });
  assert.ok(verifyReceipt(receipt, { genesis: world.network.genesis }).ok);
  const states = world.explained(content.id);
  assert.equal(states.slice(0, 3).filter((state) => state === 'skipped: operator').length, 2);
  assert.equal(states.slice(0, 5).filter((state) => state === 'skipped: region').length, 1);
});
