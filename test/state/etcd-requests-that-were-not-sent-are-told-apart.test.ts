import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { credentials, status } from '@grpc/grpc-js';
import { KVClient, type TxnResponse } from '../../src/generated/etcd/etcdserverpb/rpc.ts';
import { type CallResult, callOnce } from '../../src/state/etcd/etcd-call.ts';
import { txnRequest } from '../../src/state/etcd/etcd-wire.ts';
import { startRecordingServer } from '../support/recording-server.ts';

const ROUNDS = process.env['PROVENDER_TEST_LONG'] === '1' ? 200 : 20;
const OPTIONS = {
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 100,
};

function connect(address: string): KVClient & Disposable {
  const client = new KVClient(address, credentials.createInsecure(), OPTIONS);
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

function write(client: KVClient, value: string, deadlineMs = 300): Promise<CallResult<TxnResponse>> {
  const txn = { then: [{ put: 'a', value: new TextEncoder().encode(value) }] };
  const request = txnRequest(txn, () => 0n);
  const target = client.getChannel().getTarget();
  return callOnce((...args) => client.txn(request, ...args), { target, deadlineMs });
}

function failureOf(result: CallResult<TxnResponse>) {
  assert.ok('failure' in result);
  return result.failure;
}

test('a refused connection, a name without address and a closed channel have sent nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  server.close();
  await once(server, 'close');
  for (const where of [`127.0.0.1:${address.port}`, 'no-such-host.invalid:1']) {
    using client = connect(where);
    const { code, isSent } = failureOf(await write(client, 'x', 5000));
    assert.deepEqual([where, code, isSent], [where, status.UNAVAILABLE, false]);
  }
  const closed = connect('127.0.0.1:1');
  closed.close();
  assert.equal(failureOf(await write(closed, 'x')).isSent, false);
});

test('a deadline that passes while a connection is made has sent nothing', async () => {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  // it takes connections and never says that it speaks HTTP/2
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (part: Buffer) => received.push(part));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  {
    using client = connect(`127.0.0.1:${address.port}`);
    const { code, isSent } = failureOf(await write(client, 'must-not-arrive'));
    assert.deepEqual([code, isSent], [status.DEADLINE_EXCEEDED, false]);
    assert.doesNotMatch(Buffer.concat(received).toString('latin1'), /must-not-arrive/);
  }
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

test('what a server has taken counts as sent, whether it is silent or cuts the connection', async () => {
  await using server = await startRecordingServer();
  using client = connect(`127.0.0.1:${server.port}`);
  const silent = failureOf(await write(client, 'silent'));
  assert.deepEqual([silent.code, silent.isSent], [status.DEADLINE_EXCEEDED, true]);
  await using cutting = await startRecordingServer(() => setImmediate(() => cutting.cut()));
  using other = connect(`127.0.0.1:${cutting.port}`);
  const cut = failureOf(await write(other, 'cut', 5000));
  assert.deepEqual([cut.code, cut.isSent], [status.UNAVAILABLE, true]);
});

test(`no request that a server has seen is taken for unsent, with connections cut in ${ROUNDS} rounds`, async () => {
  let requests = 0;
  // cuts in the middle of bursts, at another request each time
  await using server = await startRecordingServer(() => {
    if (++requests % 11 >= 7) server.cut();
  });
  using client = connect(`127.0.0.1:${server.port}`);
  let unsent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const values = Array.from({ length: 20 }, (_, i) => `value-${round}-${i}.`);
    server.admit();
    await promisify(client.waitForReady.bind(client))(Date.now() + 30_000);
    const first = values.slice(0, 10).map((value) => write(client, value));
    // the rest begins when the connection has gone, and some of it ends before there is another one
    await Promise.race(first);
    const rest = values.slice(10).map((value, i) => write(client, value, 5 + i * 20));
    const results = await Promise.all([...first, ...rest]);
    for (const [i, value] of values.entries()) {
      const result = results[i];
      assert.ok(result !== undefined);
      if (failureOf(result).isSent) continue;
      unsent++;
      assert.ok(!server.seen().includes(value), `${value} was seen`);
    }
  }
  assert.ok(requests >= ROUNDS, `${requests} requests arrived`);
  assert.ok(unsent > 0, 'some were not sent');
});
