import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { eventually, openRpcNode, untilAborted } from '../support/rpc-node.ts';

const file = randomBytes(16 * 2 ** 20);

test('a unary call, an upload and a download that run finish during the drain', async () => {
  await using node = await openRpcNode();
  const { client, server, shares } = node;
  const { stat } = await client.setFile({ sizeBytes: file.length }, [file]);
  const { data } = await client.getFile(stat.id);
  const pieces: Uint8Array[] = [];
  const reading = data[Symbol.asyncIterator]();
  const first = await reading.next();
  pieces.push(first.value ?? new Uint8Array());
  let isOpen = false;
  let entered = 0;
  shares.gate = async () => {
    entered++;
    await eventually('the gate is open', () => isOpen);
  };
  const running = [
    client.setShare(Uint8Array.of(1)),
    client.setFile({ sizeBytes: 3 }, [Uint8Array.of(1, 2, 3)]),
  ];
  await eventually('they run', () => entered === 2);

  const closing = server.close();
  await eventually('it refuses new calls', () => node.health.readiness().reasons.length > 0);
  await assert.rejects(
    client.setShare(Uint8Array.of(9)),
    (error: unknown) => isProvenderError(error) && error.retryable,
  );
  isOpen = true;
  for (const { held } of await Promise.all(running)) assert.equal(held, false);
  for (let next = await reading.next(); next.done !== true; next = await reading.next())
    pieces.push(next.value);
  assert.deepEqual(Buffer.concat(pieces), file);
  await closing;
  await assert.rejects(client.setShare(Uint8Array.of(2)), { code: 'PROVENDER_UNAVAILABLE' });
});

test('calls that do not finish in time are told to go elsewhere, and their work ends', async () => {
  await using node = await openRpcNode({ drain: { graceMs: 50 } });
  const { client, server, shares } = node;
  const { stat } = await client.setFile({ sizeBytes: file.length }, [file]);
  const { data } = await client.getFile(stat.id);
  const reading = data[Symbol.asyncIterator]();
  await reading.next();
  const reasons: unknown[] = [];
  shares.gate = (signal) =>
    untilAborted(signal).catch((error: unknown) => {
      reasons.push(error);
      throw error;
    });
  const running = [
    client.setShare(Uint8Array.of(1)),
    client.setFile({ sizeBytes: file.length }, [file]),
    client.setShares([Uint8Array.of(1)]),
  ];
  await eventually('they run', () => server.runningCalls === 4);
  const ends = Promise.allSettled(running);
  await server.close();
  for (const end of await ends) {
    assert.equal(end.status, 'rejected');
    assert.ok(isProvenderError(end.reason, 'PROVENDER_CLOSED'), String(end.reason));
    assert.equal(end.reason.retryable, true);
  }
  assert.equal(reasons.length, 3);
  const rest = async (): Promise<void> => {
    for (let next = await reading.next(); next.done !== true; ) next = await reading.next();
  };
  await assert.rejects(rest(), (error: unknown) => isProvenderError(error) && error.retryable);
  assert.equal(server.runningCalls, 0);
});

test('during the delay it says that it is not ready, and still answers', async () => {
  await using node = await openRpcNode({ drain: { delayMs: 600_000 } });
  const closing = node.server.close();
  assert.deepEqual(node.health.readiness(), { ready: false, reasons: ['the node is shutting down'] });
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, false);
  // the second one cuts the wait of the first
  await node.server.close({ force: true });
  await closing;
});

test('force ends what runs at once', async () => {
  await using node = await openRpcNode({ drain: { graceMs: 600_000 } });
  node.shares.gate = untilAborted;
  const call = assert.rejects(
    node.client.setShare(Uint8Array.of(1)),
    (error: unknown) => isProvenderError(error) && error.retryable,
  );
  await eventually('it runs', () => node.server.runningCalls === 1);
  const closing = node.server.close();
  await node.server.close({ force: true });
  await closing;
  await call;
});

test('an idle server with open connections ends without waiting', async () => {
  await using node = await openRpcNode({ drain: { graceMs: 600_000 } });
  await node.client.setShare(Uint8Array.of(1));
  await node.server.close();
  await node.server.close();
});
