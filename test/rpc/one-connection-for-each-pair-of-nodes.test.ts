import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { GrpcPrimaryCalls } from '../../src/rpc/nodes/grpc-primary-calls.ts';
import { GrpcRoundSource } from '../../src/rpc/nodes/grpc-round-source.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { eventually, openRpcNode } from '../support/rpc-node.ts';
import { scriptedServices } from '../support/rpc-network.ts';
import { until } from '../support/until.ts';

const KEY = new Uint8Array(32).fill(9);

/** What a call is answered; undefined when it fails. */
async function answerOf<T>(call: Promise<T>): Promise<T | undefined> {
  const [settled] = await Promise.allSettled([call]);
  return settled.status === 'fulfilled' ? settled.value : undefined;
}

test('many calls to one node share a connection, which is closed when nobody uses it', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network, limits: { maxConnections: 1 } });
  await using channels = new NodeChannels({ unusedMs: 50 });
  const calls = new GrpcPrimaryCalls(channels);
  const peer = { storerKey: KEY, address: node.server.address };
  const stop = new AbortController();
  const watch = calls.watchAttempts(peer, { signal: stop.signal })[Symbol.asyncIterator]().next();
  await Promise.all(Array.from({ length: 50 }, () => calls.claim(peer, KEY)));
  assert.equal(channels.count, 1);
  stop.abort();
  await assert.rejects(watch, { code: 'PROVENDER_CANCELLED' });
  await eventually('the connection is closed', () => channels.count === 0);
  // the server may see a moment later that the old one has gone
  await until('another one is made', async () => (await answerOf(calls.claim(peer, KEY)))?.ok === true);
});

test('nobody at the address, and one who never answers, are failures of the way there', async () => {
  await using channels = new NodeChannels({ timeoutMs: 300 });
  const calls = new GrpcPrimaryCalls(channels);
  const taken: Socket[] = [];
  const silent = createServer((socket) => taken.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const place = silent.address();
  assert.ok(typeof place === 'object' && place !== null);
  const late = { storerKey: KEY, address: `127.0.0.1:${place.port}` };
  await assert.rejects(calls.claim(late, KEY), ({ code }: { code: string }) =>
    ['PROVENDER_TIMEOUT', 'PROVENDER_UNAVAILABLE'].includes(code),
  );
  silent.close();
  for (const socket of taken) socket.destroy();
  await using gone = await openRpcNode({ network: scriptedServices() });
  const { address } = gone.server;
  await gone.server.close({ force: true });
  await assert.rejects(calls.claim({ storerKey: KEY, address }, KEY), { code: 'PROVENDER_UNAVAILABLE' });
  await assert.rejects(new GrpcRoundSource(channels, address).follow(0n)[Symbol.asyncIterator]().next(), {
    code: 'PROVENDER_UNAVAILABLE',
  });
});

test('closed channels end what runs and refuse the rest', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  const channels = new NodeChannels();
  const calls = new GrpcPrimaryCalls(channels);
  const peer = { storerKey: KEY, address: node.server.address };
  const watch = calls.watchAttempts(peer)[Symbol.asyncIterator]().next();
  const ended = assert.rejects(watch, { code: 'PROVENDER_CLOSED' });
  await eventually('it runs', () => network.primary.watchers === 1);
  await channels.close();
  await ended;
  await assert.rejects(calls.claim(peer, KEY), { code: 'PROVENDER_CLOSED' });
  await channels.close();
});
