import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { mock, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { RawClient } from '../support/rpc-raw-client.ts';
import { eventually, openRpcNode, type RpcNode, untilAborted } from '../support/rpc-node.ts';

const MIB = 2 ** 20;
const file = randomBytes(8 * MIB);

/** Lets calls wait until their signal aborts, and says with which codes that happened. */
function holdCalls(node: RpcNode): { entered: () => number; ended: string[] } {
  let entered = 0;
  const ended: string[] = [];
  node.shares.gate = async (signal) => {
    entered++;
    await untilAborted(signal).catch((error: unknown) => {
      ended.push(error instanceof ProvenderError ? error.code : String(error));
      throw error;
    });
  };
  return { entered: () => entered, ended };
}

test('a unary call, an upload and a download that the client ends abort the work of the server', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]);
  const held = holdCalls(node);
  const starts = [
    (signal: AbortSignal) => client.getShare(stat.id, { signal }),
    (signal: AbortSignal) => client.setFile({ sizeBytes: file.length }, [file], { signal }),
    (signal: AbortSignal) => client.getFile(stat.id, {}, { signal }),
    (signal: AbortSignal) => client.setShares([Uint8Array.of(1)], { signal }),
  ];
  for (const [i, start] of starts.entries()) {
    const ending = new AbortController();
    const call = start(ending.signal);
    await eventually('the call runs', () => held.entered() === i + 1);
    ending.abort();
    await assert.rejects(call, { code: 'PROVENDER_CANCELLED' });
    await eventually('the work has ended', () => held.ended.length === i + 1);
  }
  assert.deepEqual(
    held.ended,
    starts.map(() => 'PROVENDER_CANCELLED'),
  );
  await eventually('no call runs', () => node.server.runningCalls === 0);
});

test('a call that was ended before it starts is not sent', async () => {
  await using node = await openRpcNode();
  const reason = new ProvenderError('PROVENDER_INVALID', 'my own');
  const signal = AbortSignal.abort(reason);
  const held = holdCalls(node);
  await assert.rejects(node.client.setShare(Uint8Array.of(1), { signal }), reason);
  await assert.rejects(node.client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)], { signal }), reason);
  await assert.rejects(
    node.client
      .readShares({ ids: [] }, { signal: AbortSignal.abort() })
      .next()
      .then(() => node.client.listFiles({}, { signal: AbortSignal.abort() })),
    { code: 'PROVENDER_CANCELLED' },
  );
  assert.equal(held.entered(), 0);
});

test('an upload that ends after any number of messages leaves nothing', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  for (let pieces = 0; pieces < 12; pieces++) {
    const ending = new AbortController();
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < pieces; i++) yield file.subarray(i * 100_000, (i + 1) * 100_000);
      ending.abort();
      yield file;
    }
    const call = client.setFile({ sizeBytes: file.length }, source(), { signal: ending.signal });
    await assert.rejects(call, { code: 'PROVENDER_CANCELLED' });
  }
  await eventually('no call runs', () => node.server.runningCalls === 0);
  assert.deepEqual((await client.listFiles()).shares, []);
});

test('a source that fails ends the upload with its own error', async () => {
  await using node = await openRpcNode();
  const failure = new Error('disk gone');
  async function* source(): AsyncGenerator<Uint8Array> {
    yield file;
    throw failure;
  }
  await assert.rejects(node.client.setFile({ sizeBytes: 2 * file.length }, source()), failure);
  await eventually('no call runs', () => node.server.runningCalls === 0);
});

test('a reader that leaves a file in the middle stops the reading', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setFile(
    { sizeBytes: file.length * 8 },
    Array.from({ length: 8 }, () => file),
  );
  let pieces = 0;
  node.shares.onPiece = () => {
    pieces++;
  };
  const { data } = await client.getFile(stat.id);
  for await (const piece of data) {
    assert.ok(piece.length > 0);
    break;
  }
  await eventually('no call runs', () => node.server.runningCalls === 0);
  assert.ok(pieces < 256, `${pieces} pieces of 256 were read`);
});

test('a reader that leaves a stream of chunks at its first batch ends the call', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setShare(Uint8Array.of(1));
  const ids = Array.from({ length: 4096 }, () => stat.id);
  for await (const items of client.readShares({ ids })) {
    assert.equal(items.length, 64);
    break;
  }
  await eventually('no call runs', () => node.server.runningCalls === 0);
  await client.close({ graceMs: 600_000 }); // waits for what still runs
});

test('a deadline of the caller ends the work; a change is ambiguous then, a read is late', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setShare(Uint8Array.of(1));
  const held = holdCalls(node);
  await assert.rejects(client.getShare(stat.id, { timeoutMs: 50 }), { code: 'PROVENDER_TIMEOUT' });
  await assert.rejects(client.setShare(Uint8Array.of(2), { timeoutMs: 50 }), { code: 'PROVENDER_AMBIGUOUS' });
  await eventually('the work has ended', () => held.ended.length === 2);
  // both ends have a timer: when the caller's fires first, the server hears of its end only
  for (const code of held.ended) assert.match(code, /^PROVENDER_(TIMEOUT|CANCELLED)$/);
});

test('a deadline that only the server keeps ends the work as late', async () => {
  await using node = await openRpcNode();
  const held = holdCalls(node);
  const session = http2.connect(`http://${node.server.address}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/provender.v1.ShareService/SetShare',
    'content-type': 'application/grpc',
    'grpc-timeout': '50m',
    te: 'trailers',
  });
  stream.end(Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 7]));
  stream.resume();
  const [headers] = await once(stream, 'response');
  assert.equal(headers['grpc-status'], String(status.DEADLINE_EXCEEDED));
  await eventually('the work has ended', () => held.ended.length === 1);
  assert.deepEqual(held.ended, ['PROVENDER_TIMEOUT']);
  session.destroy();
});

test('the server caps the time of a unary call, also of one without deadline', async () => {
  await using node = await openRpcNode({ limits: { unaryMs: 50 } });
  const held = holdCalls(node);
  using raw = new RawClient(node.server.address);
  const { error, isOurs } = await raw.unary(
    'ShareService/SetShare',
    Uint8Array.of(),
    Number.POSITIVE_INFINITY,
  );
  assert.equal(error?.code, 'PROVENDER_TIMEOUT');
  assert.ok(isOurs);
  assert.deepEqual(held.ended, ['PROVENDER_TIMEOUT']);
});

test('a wall clock that jumps while calls run ends none of them', async () => {
  await using node = await openRpcNode({ limits: { unaryMs: 30_000 } });
  const { client } = node;
  let isOpen = false;
  node.shares.gate = async () => eventually('the gate is open', () => isOpen);
  const calls = [client.setShare(Uint8Array.of(1)), client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)])];
  await eventually('both run', () => node.server.runningCalls === 2);
  const now = Date.now();
  const clock = mock.method(Date, 'now', () => now + 3_600_000_000);
  try {
    await new Promise((resolve) => setImmediate(resolve));
    clock.mock.mockImplementation(() => now - 3_600_000_000);
    isOpen = true;
    for (const { held } of await Promise.all(calls)) assert.equal(held, false);
    assert.equal((await client.setShare(Uint8Array.of(1))).held, true);
  } finally {
    clock.mock.restore();
  }
});

test('a stream that was read to its end has ended well', async () => {
  await using node = await openRpcNode();
  const bytes = randomBytes(1_000_000);
  for (const content of [bytes, new Uint8Array()]) {
    const { stat } = await node.client.setFile({ sizeBytes: content.length }, [content]);
    const { data } = await node.client.getFile(stat.id, {});
    let found = 0;
    for await (const piece of data) found += piece.length;
    assert.equal(found, content.length);
  }
  await eventually('both streams are over', () => node.server.runningCalls === 0);
  const { text } = await node.metrics.page();
  assert.match(text, /provender_\w+\{[^}]*method="GetFile",code="OK"[^}]*\} 2\n/);
  assert.deepEqual(node.logged, []);
});
