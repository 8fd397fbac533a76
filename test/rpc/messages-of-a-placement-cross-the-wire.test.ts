import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { OBJECT_KIND, objectId, parseObjectId } from '../../src/content/object-id.ts';
import type { Explanation } from '../../src/placement/primary/explanation.ts';
import { PLACEMENT_REASONS, type PlacementReason } from '../../src/placement/reasons.ts';
import type { StorerExplanation } from '../../src/placement/storer/explanation.ts';
import { GrpcPrimaryCalls } from '../../src/rpc/nodes/grpc-primary-calls.ts';
import { GrpcStorerCalls } from '../../src/rpc/nodes/grpc-storer-calls.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { scriptedServices } from '../support/rpc-network.ts';

const KEY = new Uint8Array(32).fill(9);
// ids of the wire are views of its messages
const id = parseObjectId(
  Buffer.from(
    objectId({
      kind: OBJECT_KIND.file,
      sizeBytes: 5,
      count: 1,
      dataRoot: new Uint8Array(32).fill(5),
    }),
  ),
);

const FULL: Explanation = {
  id,
  state: 'failed',
  profile: 2,
  sizeBytes: 2 ** 36,
  replicas: 16,
  announced: 2n ** 40n,
  round: 2n ** 40n + 1n,
  attempt: 3,
  tauNumerator: 32_500n,
  totalWeight: 2n ** 64n - 1n,
  registered: 65_536,
  startedUnixMs: 1_800_000_000_001,
  tookMs: 12_345,
  failure: { code: 'PROVENDER_UNAVAILABLE', message: 'too few storers' },
  storers: [
    { storerKey: KEY, weight: 7n, attempt: 0, state: 'signed', rank: 0, place: 0 },
    { storerKey: KEY, weight: 0n, attempt: 3, state: 'passed', reason: 'late' },
    { storerKey: KEY, weight: 2n ** 40n, attempt: 1, state: 'skipped', rank: 12, reason: 'operator' },
  ],
};
const LEAST: Explanation = {
  id,
  state: 'announcing',
  profile: 1,
  sizeBytes: 0,
  replicas: 1,
  attempt: 0,
  tauNumerator: 1n,
  startedUnixMs: 1,
  storers: [],
};
const OWN: StorerExplanation = {
  id,
  round: 8n,
  attempt: 1,
  stage: 'passed',
  weight: 64n,
  totalWeight: 256n,
  lottery: { draw: 2n ** 255n + 1n, threshold: 2n ** 300n, selected: true },
  reason: 'full',
  changedUnixMs: 1_800_000_000_000,
};

test('messages reach the role that they are for, byte for byte, and replies come back', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const peer = { storerKey: KEY, address: node.server.address };
  const [toPrimary, toStorer] = [new GrpcPrimaryCalls(channels), new GrpcStorerCalls(channels)];
  const [claim, commit, assign] = [randomBytes(189), randomBytes(600), randomBytes(65_000)];
  const proof = randomBytes(8 * 2 ** 20);
  assert.deepEqual(await toPrimary.claim(peer, claim), { ok: true });
  const committed = await toPrimary.commit(peer, commit);
  assert.ok(committed.ok && Buffer.from([1]).equals(committed.challenge));
  assert.deepEqual(await toPrimary.prove(peer, { claimHash: KEY, proof }), { ok: true });
  assert.deepEqual(await toStorer.assign(peer, assign), { ok: true });
  const [first, second, third] = network.primary.asked;
  assert.ok(first?.[0] === 'claim' && claim.equals(first[1]));
  assert.equal(first[2], '127.0.0.1'); // one name for each address, whatever port it calls from
  assert.ok(second?.[0] === 'commit' && commit.equals(second[1]));
  assert.ok(third?.[2] instanceof Uint8Array && proof.equals(third[2]));
  assert.ok(network.storer.assigned[0] !== undefined && assign.equals(network.storer.assigned[0]));
  assert.equal(channels.count, 1);
});

test('every reason comes back as the word that it is', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const peer = { storerKey: KEY, address: node.server.address };
  const [toPrimary, toStorer] = [new GrpcPrimaryCalls(channels), new GrpcStorerCalls(channels)];
  for (const word of Object.keys(PLACEMENT_REASONS)) {
    const reply = { ok: false, reason: word as PlacementReason } as const; // a key of the table
    network.primary.reply = network.primary.commitReply = network.storer.reply = reply;
    assert.deepEqual(await toPrimary.claim(peer, KEY), reply);
    assert.deepEqual(await toPrimary.commit(peer, KEY), reply);
    assert.deepEqual(await toPrimary.prove(peer, { claimHash: KEY, proof: KEY }), reply);
    assert.deepEqual(await toStorer.assign(peer, KEY), reply);
  }
});

test('what a primary and a storer explain crosses the wire whole', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  const hex = Buffer.from(id).toString('hex');
  const { network: calls } = node.client;
  await assert.rejects(calls.explain(id), { code: 'PROVENDER_NOT_FOUND', message: /ask the primary/ });
  network.primary.explained.set(hex, FULL);
  assert.deepEqual(await calls.explain(id), { placement: FULL });
  network.primary.explained.set(hex, LEAST);
  network.storer.explained.set(hex, OWN);
  assert.deepEqual(await calls.explain(id), { placement: LEAST, storer: OWN });
  const { lottery: _draw, reason: _reason, ...quiet } = OWN;
  network.storer.explained.set(hex, quiet);
  assert.deepEqual(await calls.explain(id), { placement: LEAST, storer: quiet });
});

test('a receipt comes from a primary, or word that there is none', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await assert.rejects(node.client.network.receipt(id), {
    code: 'PROVENDER_NOT_FOUND',
    message: /never placed/,
  });
  const receipt = randomBytes(2 ** 21);
  network.primary.receipts.set(Buffer.from(id).toString('hex'), receipt);
  assert.ok(receipt.equals(await node.client.network.receipt(id)));
});

test('a node without the network, or without the role, says what to do', async () => {
  const { primary: _primary, storer: _storer, ...neither } = scriptedServices();
  await using alone = await openRpcNode();
  await using follower = await openRpcNode({ network: neither });
  await using channels = new NodeChannels();
  const toPrimary = new GrpcPrimaryCalls(channels);
  const toStorer = new GrpcStorerCalls(channels);
  for (const [node, message] of [
    [alone, /belongs to no network: start it with provender serve --network/],
    [follower, /is no (primary|storer): call one that/],
  ] as const) {
    const peer = { storerKey: KEY, address: node.server.address };
    const refused = { code: 'PROVENDER_UNSUPPORTED', message };
    await assert.rejects(toPrimary.claim(peer, KEY), refused);
    await assert.rejects(toPrimary.commit(peer, KEY), refused);
    await assert.rejects(toPrimary.prove(peer, { claimHash: KEY, proof: KEY }), refused);
    await assert.rejects(toPrimary.fetchContent(peer.address, KEY)[Symbol.asyncIterator]().next(), refused);
    await assert.rejects(toPrimary.watchAttempts(peer)[Symbol.asyncIterator]().next(), refused);
    await assert.rejects(toStorer.assign(peer, KEY), refused);
    await assert.rejects(node.client.network.receipt(id), refused);
  }
  const unsupported = { code: 'PROVENDER_UNSUPPORTED' };
  await assert.rejects(alone.client.network.facts(), unsupported);
  await assert.rejects(alone.client.network.nodes().next(), unsupported);
  await assert.rejects(alone.client.network.explain(id), unsupported);
});
