import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { GrpcPrimaryCalls } from '../../src/rpc/nodes/grpc-primary-calls.ts';
import { GrpcRoundSource } from '../../src/rpc/nodes/grpc-round-source.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { scriptedServices } from '../support/rpc-network.ts';
import { openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const KEY = new Uint8Array(32).fill(9);
const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());

test('messages, rounds and content pass through TLS between nodes', async () => {
  const network = scriptedServices();
  await using node = await openTlsNode(pki, { network });
  await using channels = new NodeChannels({ tls: await tlsOf(pki.ca) });
  const { address } = node.server;
  const calls = new GrpcPrimaryCalls(channels);
  assert.deepEqual(await calls.claim({ storerKey: KEY, address }, KEY), { ok: true });
  const round = randomBytes(2 ** 20);
  network.log.push(round);
  for await (const found of new GrpcRoundSource(channels, address).follow(0n)) {
    assert.ok(round.equals(found));
    break;
  }
  const content = randomBytes(3_000_000);
  network.primary.content = async function* () {
    yield content;
  };
  const pieces: Buffer[] = [];
  for await (const piece of calls.fetchContent(address, KEY)) pieces.push(Buffer.from(piece));
  assert.ok(content.equals(Buffer.concat(pieces)));
  assert.equal(channels.count, 1);
});

test('a node with another certificate, or none, is no node of ours', async () => {
  await using other = await openPki();
  await using stranger = await openTlsNode(other, { network: scriptedServices() });
  await using channels = new NodeChannels({ tls: await tlsOf(pki.ca), timeoutMs: 2000 });
  const peer = { storerKey: KEY, address: stranger.server.address };
  await assert.rejects(new GrpcPrimaryCalls(channels).claim(peer, KEY), {
    code: 'PROVENDER_CONFIG',
    message: /its certificate is no good/,
  });
});
