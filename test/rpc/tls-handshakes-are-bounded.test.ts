import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { eventually } from '../support/rpc-node.ts';
import { openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());

function dial(address: string): Socket {
  const [host, port] = address.split(':');
  return connect(Number(port), host)
    .on('error', () => undefined)
    .resume();
}

/** Waits for the end of a connection, which may be a reset: whoever still sends while the other side closes gets one. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** The first message of a TLS client, recorded from a real one. */
async function clientHello(): Promise<Buffer> {
  const recorder = createServer().listen(0, '127.0.0.1');
  await once(recorder, 'listening');
  const bound = recorder.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const client = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'] }).on('error', () => undefined);
  const [socket] = await once(recorder, 'connection');
  const [hello] = await once(socket, 'data');
  socket.destroy();
  client.destroy();
  recorder.close();
  return hello;
}

test('handshakes that never end are cut after their time, silent ones and those that drip', {
  timeout: 30_000,
}, async () => {
  await using node = await openTlsNode(pki, { limits: { handshakeMs: 400 } });
  const hello = await clientHello();
  const [silent, half, dripping] = [
    dial(node.server.address),
    dial(node.server.address),
    dial(node.server.address),
  ];
  const closed = [silent, half, dripping].map(ended);
  half.write(hello.subarray(0, hello.length / 2));
  let at = 0;
  const drip = setInterval(() => dripping.write(hello.subarray(at, ++at)), 20);
  await Promise.all(closed).finally(() => clearInterval(drip));
  assert.ok(at < hello.length, 'it was cut in the middle');
  assert.equal(node.logged.filter((line) => line.includes('ERR_TLS_HANDSHAKE_TIMEOUT')).length, 3);
});

test('handshakes count as connections from their first packet, and give their places back', async () => {
  const limits = { maxConnections: 8, handshakeMs: 700 };
  await using node = await openTlsNode(pki, { limits }, { channels: 1 });
  await node.client.setShare(Uint8Array.of(1));
  const flood = Array.from({ length: 40 }, () => dial(node.server.address));
  const ends = flood.map(ended);
  // 7 hold a place until their time is over, the others are turned away at once
  await eventually('33 are closed', () => flood.filter(({ closed }) => closed).length >= 33);
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, true);
  await Promise.all(ends);
  const tls = await tlsOf(pki.ca);
  const clients = await Promise.all(
    Array.from({ length: 7 }, () => ProvenderClient.open({ address: node.server.address, tls, channels: 1 })),
  );
  const answers = await Promise.all(clients.map((client) => client.setShare(Uint8Array.of(1))));
  assert.ok(answers.every(({ held }) => held));
  await Promise.all(clients.map((client) => client.close()));
});

test('what is no TLS is closed at once', async () => {
  await using node = await openTlsNode(pki);
  for (const bytes of [
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(20_000, 0x16),
    Buffer.from([0x16, 3, 1, 0xff, 0xff, 1]),
  ]) {
    const socket = dial(node.server.address);
    socket.end(bytes);
    await ended(socket);
  }
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, false);
});

test('a server that closes cuts handshakes in the middle', { timeout: 30_000 }, async () => {
  const node = await openTlsNode(pki, { limits: { handshakeMs: 60_000 } });
  const silent = dial(node.server.address);
  await once(silent, 'connect');
  await node.client.setShare(Uint8Array.of(1)); // the server has taken both connections
  const closed = ended(silent);
  await node[Symbol.asyncDispose]();
  await closed;
});
