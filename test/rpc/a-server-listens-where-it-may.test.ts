import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import type { Peer } from '../../src/rpc/operators.ts';
import { isLoopback, peerAddress } from '../../src/rpc/peer.ts';
import { eventually, openRpcNode } from '../support/rpc-node.ts';

test('a port in use is named, with what to do', async () => {
  await using node = await openRpcNode();
  const port = Number(node.server.address.split(':')[1]);
  await assert.rejects(openRpcNode({ listen: { host: '127.0.0.1', port } }), {
    code: 'PROVENDER_CONFIG',
    message: new RegExp(`127.0.0.1 port ${port}: another process has it`),
    details: { host: '127.0.0.1', port, reason: 'EADDRINUSE' },
  });
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, false);
});

test('an address of another machine is refused', async () => {
  const listen = { host: '192.0.2.77', port: 0, insecure: true };
  await assert.rejects(openRpcNode({ listen }), { code: 'PROVENDER_CONFIG', message: /no such address/ });
});

test('plain text beyond loopback needs to be asked for', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org'])
    await assert.rejects(openRpcNode({ listen: { host, port: 0 } }), {
      code: 'PROVENDER_CONFIG',
      message: /plain text/,
    });
  for (const host of ['localhost', '127.0.0.2']) {
    await using node = await openRpcNode({ listen: { host, port: 0 } });
    assert.equal((await node.client.setShare(Uint8Array.of(1))).held, false);
  }
  await using open = await openRpcNode({ listen: { host: '0.0.0.0', port: 0, insecure: true } });
  const port = open.server.address.split(':')[1];
  await using client = await ProvenderClient.open({ address: `127.0.0.1:${port}` });
  assert.equal((await client.setShare(Uint8Array.of(1))).held, false);
});

test('connections past the limit are closed, the others go on', async () => {
  await using node = await openRpcNode({ limits: { maxConnections: 2 } }, { channels: 1 });
  await node.client.setShare(Uint8Array.of(1));
  const [host, port] = node.server.address.split(':');
  const second = connect(Number(port), host);
  await once(second, 'connect');
  const third = connect(Number(port), host);
  third.on('error', () => undefined);
  await once(third, 'close');
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, true);
  second.destroy();
  await eventually('a place is free', () => second.closed);
});

test('remove and list are for operators', async () => {
  const asked: string[] = [];
  const isOperator = ({ address }: Peer): boolean => {
    asked.push(address);
    return false;
  };
  await using node = await openRpcNode({ isOperator });
  const { client } = node;
  const chunk = await client.setShare(Uint8Array.of(1));
  const file = await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]);
  for (const call of [client.removeShare(chunk.stat.id), client.removeFile(file.stat.id), client.listFiles()])
    await assert.rejects(call, { code: 'PROVENDER_DENIED', message: /from 127\.0\.0\.1/ });
  assert.equal((await client.statFile(file.stat.id)).sizeBytes, 1);
  assert.deepEqual(asked, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
});

test('loopback is 127.0.0.0/8 and ::1, in all their spellings', () => {
  for (const own of ['127.0.0.1', '127.8.9.10', '::1', '[::1]', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(own), own);
  for (const other of [
    '128.0.0.1',
    '10.127.0.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '127.0.0.1.example.org',
    'unknown',
    '',
  ])
    assert.ok(!isLoopback(other), other);
  assert.equal(peerAddress('127.0.0.1:5000'), '127.0.0.1');
  assert.equal(peerAddress('::1:5000'), '::1');
  assert.equal(peerAddress('unknown'), 'unknown');
});
