import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import type { NodePeer } from '../../src/placement/ports.ts';
import { PlacedReader } from '../../src/placement/reading/placed-reader.ts';
import type { ReadingEvents } from '../../src/placement/reading/reading-events.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { GrpcHolderCalls } from '../../src/rpc/nodes/grpc-holder-calls.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { openShares } from '../support/open-shares.ts';
import { referenceFileId, sourceOf } from '../support/share-content.ts';
import { type RpcNode, serveShares } from '../support/rpc-node.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const CONTENT = randomBytes(2 * STRIPE_SIZE + 12_345);
const PLACED = { round: 7n, seed: randomBytes(32), replicaIndex: 0 };

interface Holders extends AsyncDisposable {
  readonly nodes: readonly Omit<RpcNode, 'shares'>[];
  readonly peers: readonly NodePeer[];
  readonly reader: PlacedReader;
  readonly channels: NodeChannels;
  readonly left: string[];
  readonly facts: ReturnType<typeof decodeCommitment>;
  read(range?: { readonly offset?: number; readonly length?: number }): Promise<Buffer>;
}

/** Nodes that hold a placed replica each, and a reader over gRPC. */
async function openHolders(count: number, content = CONTENT, profile = 2): Promise<Holders> {
  const opened = await Promise.all(Array.from({ length: count }, () => openShares()));
  const id = referenceFileId(content);
  const declared = { sizeBytes: content.length, id, profile, placed: PLACED };
  const outcomes = await Promise.all(opened.map(({ shares }) => shares.setFile(declared, sourceOf(content))));
  const nodes = await Promise.all(opened.map(({ shares }) => serveShares(shares)));
  const peers = nodes.map(({ server }, i) => ({
    storerKey: opened[i]?.signer.publicKey ?? new Uint8Array(),
    address: server.address,
  }));
  const facts = decodeCommitment(outcomes[0]?.stat.commitment ?? new Uint8Array());
  const channels = new NodeChannels();
  const left: string[] = [];
  const events: ReadingEvents = {
    left: ({ holder, fault }) => void left.push(`${peers.indexOf(holder)} ${fault}`),
    hedged: () => undefined,
  };
  // time stands still: nobody is raced, so what is left is left for what it did
  const clock = new VirtualClock();
  const reader = new PlacedReader({
    calls: new GrpcHolderCalls(channels),
    clock,
    hasher: inlineHasher,
    events,
  });
  const read = async (range = {}): Promise<Buffer> => {
    const { data } = await reader.open({ facts, profile, holders: peers }, range);
    const parts: Buffer[] = [];
    for await (const piece of data) parts.push(Buffer.from(piece));
    return Buffer.concat(parts);
  };
  const dispose = async (): Promise<void> => {
    await channels.close();
    for (const open of [...nodes, ...opened]) await open[Symbol.asyncDispose]();
  };
  return { nodes, peers, reader, channels, left, facts, read, [Symbol.asyncDispose]: dispose };
}

test('a placed file is read from real holders, whole and by ranges, over one connection each', async () => {
  await using open = await openHolders(2);
  assert.equal(objectIdHex(open.facts.id), objectIdHex(referenceFileId(CONTENT)));
  assert.ok((await open.read()).equals(CONTENT));
  const ranges = [
    { offset: 0, length: 1 },
    { offset: 5000, length: 10_000 },
    { offset: STRIPE_SIZE - 1, length: 2 },
    { offset: STRIPE_SIZE, length: STRIPE_SIZE },
    { offset: CONTENT.length - 3, length: 3 },
  ];
  for (const { offset, length } of ranges)
    assert.ok((await open.read({ offset, length })).equals(CONTENT.subarray(offset, offset + length)));
  assert.deepEqual(open.left, []);
  assert.ok(open.channels.count <= 2);
  assert.deepEqual(open.reader.inUse, { readings: 0, buffers: 0 });
});

test('a holder that is gone, and one that lost the file, are left, and the third gives all', async () => {
  await using open = await openHolders(3);
  await open.nodes[0]?.server.close({ force: true });
  await open.nodes[1]?.client.removeFile(open.facts.id);
  assert.ok((await open.read()).equals(CONTENT));
  assert.deepEqual(open.left.toSorted(), ['0 unavailable', '1 missing']);
});

test('a holder whose node is cut off in the middle is left, and the other gives the rest', async () => {
  const content = randomBytes(10 * STRIPE_SIZE);
  await using open = await openHolders(2, content, 0);
  const { data } = await open.reader.open({ facts: open.facts, profile: 0, holders: open.peers }, {});
  const parts: Buffer[] = [];
  for await (const piece of data) {
    parts.push(Buffer.from(piece));
    if (parts.length === 1) await open.nodes[0]?.server.close({ force: true });
  }
  assert.ok(Buffer.concat(parts).equals(content));
  assert.deepEqual(open.left, ['0 unavailable']);
});

test('a reading that is aborted stops the holder’s work', async () => {
  await using open = await openHolders(1);
  const controller = new AbortController();
  const { signal } = controller;
  const file = { facts: open.facts, profile: 2, holders: open.peers };
  const { data } = await open.reader.open(file, {}, { signal });
  await data.next();
  controller.abort();
  await assert.rejects(data.next(), { code: 'PROVENDER_CANCELLED' });
  assert.equal(open.reader.inUse.readings, 0);
});
