import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { GrpcPrimaryCalls } from '../../src/rpc/nodes/grpc-primary-calls.ts';
import { GrpcRoundSource } from '../../src/rpc/nodes/grpc-round-source.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { eventually, openRpcNode } from '../support/rpc-node.ts';
import { scriptedServices } from '../support/rpc-network.ts';

const KEY = new Uint8Array(32).fill(9);
const id = objectId({ kind: OBJECT_KIND.file, sizeBytes: 5, count: 1, dataRoot: KEY });

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return Buffer.concat(all);
}

test('rounds come in order from a number on, then as they are made; a record reaches the log', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const source = new GrpcRoundSource(channels, node.server.address);
  const rounds = Array.from({ length: 5 }, () => randomBytes(1000));
  rounds.push(randomBytes(2 ** 20));
  for (const round of rounds.slice(0, 3)) network.log.push(round);
  const seen: Buffer[] = [];
  for await (const round of source.follow(1n)) {
    seen.push(Buffer.from(round));
    const next = rounds[network.log.rounds.length];
    if (seen.length >= 2 && next !== undefined) network.log.push(next);
    if (seen.length === 5) break;
  }
  assert.deepEqual(seen, rounds.slice(1));
  await eventually('the follower is gone', () => network.log.followers === 0);
  const record = randomBytes(2 ** 17);
  await source.submit(record);
  assert.ok(record.equals(network.log.submitted[0] ?? KEY));
  network.log.refusal = new ProvenderError('PROVENDER_CONFLICT', 'nonce 3 was used');
  await assert.rejects(source.submit(record), { code: 'PROVENDER_CONFLICT', message: 'nonce 3 was used' });
});

test('a follower or a watcher that leaves, or whose signal aborts, leaves nothing running', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const source = new GrpcRoundSource(channels, node.server.address);
  const calls = new GrpcPrimaryCalls(channels);
  const stop = new AbortController();
  const follow = source.follow(0n, { signal: stop.signal })[Symbol.asyncIterator]().next();
  const watch = calls
    .watchAttempts({ storerKey: KEY, address: node.server.address }, { signal: stop.signal })
    [Symbol.asyncIterator]()
    .next();
  await eventually('both run', () => network.log.followers === 1 && network.primary.watchers === 1);
  stop.abort();
  await assert.rejects(follow, { code: 'PROVENDER_CANCELLED' });
  await assert.rejects(watch, { code: 'PROVENDER_CANCELLED' });
  await eventually('both are gone', () => network.log.followers === 0 && network.primary.watchers === 0);
  await eventually('no call runs', () => node.server.runningCalls === 0);
});

test('attempts that run come first, new ones as they begin', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  const [first, second] = [0, 1].map((attempt) => ({ id, round: 2n ** 40n, attempt }));
  assert.ok(first !== undefined && second !== undefined);
  network.primary.begin(first);
  const seen: unknown[] = [];
  for await (const attempt of calls.watchAttempts({ storerKey: KEY, address: node.server.address })) {
    seen.push(attempt);
    if (seen.length === 2) break;
    network.primary.begin(second);
  }
  assert.deepEqual(
    seen.map((attempt) => ({ ...(attempt as object), id })),
    [first, second],
  );
});

test('a drain ends streams that have no end, which their readers take for a lost way', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network, drain: { graceMs: 600_000 } });
  await using channels = new NodeChannels();
  const source = new GrpcRoundSource(channels, node.server.address);
  const calls = new GrpcPrimaryCalls(channels);
  const follow = source.follow(0n)[Symbol.asyncIterator]().next();
  const watch = calls
    .watchAttempts({ storerKey: KEY, address: node.server.address })
    [Symbol.asyncIterator]()
    .next();
  const ends = Promise.allSettled([follow, watch]);
  await eventually('both run', () => network.log.followers === 1 && network.primary.watchers === 1);
  await node.server.close();
  for (const end of await ends) {
    assert.equal(end.status, 'rejected');
    assert.equal(end.reason.code, 'PROVENDER_UNAVAILABLE');
    assert.match(end.reason.message, /shuts down/);
  }
  assert.deepEqual([network.log.followers, network.primary.watchers], [0, 0]);
});

test('content comes whole, in pieces of any length, and one that fails on the way is never whole', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  const content = randomBytes(3 * 2 ** 20 + 17);
  const request = randomBytes(180);
  const asked: Buffer[] = [];
  network.primary.content = async function* (message) {
    asked.push(Buffer.from(message));
    yield content.subarray(0, 10);
    yield new Uint8Array();
    yield content.subarray(10, 2 ** 20);
    yield content.subarray(2 ** 20);
  };
  assert.ok(content.equals(await gathered(calls.fetchContent(node.server.address, request))));
  assert.deepEqual(asked, [request]);
  network.primary.content = async function* () {};
  assert.equal((await gathered(calls.fetchContent(node.server.address, request))).length, 0);
  network.primary.content = async function* () {
    yield content.subarray(0, 2 ** 20);
    throw new ProvenderError('PROVENDER_DENIED', 'no assignment', { details: { reason: 'unassigned' } });
  };
  await assert.rejects(gathered(calls.fetchContent(node.server.address, request)), {
    code: 'PROVENDER_DENIED',
    details: { reason: 'unassigned' },
  });
});

test('a storer that takes no content ends the stream at the primary after a while', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network, limits: { idleMs: 300 } });
  await using channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  let given = 0;
  let isOver = false;
  network.primary.content = async function* () {
    try {
      for (const piece = randomBytes(2 ** 20); given < 256; given++) yield piece;
    } finally {
      isOver = true;
    }
  };
  const pieces = calls.fetchContent(node.server.address, KEY)[Symbol.asyncIterator]();
  assert.equal((await pieces.next()).done, false);
  await eventually('the primary gave up', () => isOver);
  assert.ok(given < 64, `${given} MiB went ahead of a reader that takes nothing`);
  await pieces.return?.();
});

test('content that stands still at the primary ends at the storer after a while', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  await using channels = new NodeChannels({ idleMs: 200 });
  const calls = new GrpcPrimaryCalls(channels);
  let aborted: unknown;
  network.primary.content = async function* (_request, signal) {
    yield randomBytes(2 ** 18);
    assert.ok(signal !== undefined);
    if (!signal.aborted) await once(signal, 'abort');
    aborted = signal.reason;
    throw signal.reason;
  };
  await assert.rejects(gathered(calls.fetchContent(node.server.address, KEY)), { code: 'PROVENDER_TIMEOUT' });
  await eventually('the primary heard of it', () => aborted !== undefined);
});
