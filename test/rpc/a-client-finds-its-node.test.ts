import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { MAX_RETRIES, retryDelayMs, withRetries } from '../../src/rpc/client/retry.ts';
import { eventually, openRpcNode, untilAborted } from '../support/rpc-node.ts';

/** A port of loopback where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  return bound === null || typeof bound === 'string' ? 1 : bound.port;
}

test('an address where nobody answers is named, with what to do', async () => {
  const address = `127.0.0.1:${await deadPort()}`;
  await using client = await ProvenderClient.open({ address });
  const { stat } = await (async () => {
    await using node = await openRpcNode();
    return await node.client.setShare(Uint8Array.of(1));
  })();
  const ends = await Promise.allSettled([
    client.setShare(Uint8Array.of(1)),
    client.getShare(stat.id),
    client.getFile(stat.id),
    client.setFile({ sizeBytes: 0 }, []),
  ]);
  for (const end of ends) {
    assert.ok(end.status === 'rejected');
    const error: unknown = end.reason;
    assert.ok(error instanceof ProvenderError);
    assert.equal(error.code, 'PROVENDER_UNAVAILABLE');
    assert.ok(error.message.includes(address) && error.message.includes('provender serve'), error.message);
    assert.deepEqual(error.details, { address });
  }
});

test('the calls of a client use all its connections', async () => {
  await using node = await openRpcNode({}, { channels: 3 });
  const { client, shares } = node;
  let isOpen = false;
  shares.gate = async () => {
    await eventually('the gate is open', () => isOpen);
    throw new ProvenderError('PROVENDER_OVER_QUOTA', 'so that the call is logged');
  };
  const calls = Array.from({ length: 6 }, (_, i) => client.setShare(Uint8Array.of(i)));
  await eventually('all run', () => node.server.runningCalls === 6);
  isOpen = true;
  await Promise.allSettled(calls);
  const peers = new Set(node.logged.map((line) => /"peer":"([^"]+)"/.exec(line)?.[1]));
  assert.equal(peers.size, 3);
});

test('reads are repeated while that may help, changes never', async () => {
  await using node = await openRpcNode();
  const { client, shares } = node;
  const { stat } = await client.setShare(Uint8Array.of(1));
  let left = 0;
  let calls = 0;
  shares.gate = async () => {
    calls++;
    if (left-- > 0) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the store is away');
  };
  const attempt = async (failures: number, call: () => Promise<unknown>): Promise<number> => {
    left = failures;
    calls = 0;
    await call().catch((error: unknown) =>
      assert.equal((error as ProvenderError).code, 'PROVENDER_UNAVAILABLE'),
    ); // asserted, whatever it is
    return calls;
  };
  assert.equal(await attempt(2, () => client.getShare(stat.id)), 3);
  assert.equal(await attempt(9, () => client.statShare(stat.id)), 1 + MAX_RETRIES);
  assert.equal(await attempt(2, async () => client.readShares({ ids: [stat.id] }).next()), 3);
  assert.equal(await attempt(9, () => client.getFile(stat.id)), 1 + MAX_RETRIES);
  assert.equal(await attempt(9, () => client.setShare(Uint8Array.of(2))), 1);
  assert.equal(await attempt(9, () => client.removeShare(stat.id)), 1);
  assert.equal(await attempt(9, () => client.setFile({ sizeBytes: 0 }, [])), 1);
  left = 0;
  await assert.rejects(client.getShare(stat.id, { signal: AbortSignal.abort() }), {
    code: 'PROVENDER_CANCELLED',
  });
});

test('the wait before a repetition has full jitter, doubles, and honours what the node asks', () => {
  const busy = new ProvenderError('PROVENDER_BUSY', 'x', { details: { retryAfterMs: 1000 } });
  const away = new ProvenderError('PROVENDER_UNAVAILABLE', 'x');
  assert.deepEqual(
    [0, 1, 2].map((retry) => retryDelayMs(away, retry, 0.5)),
    [50, 100, 200],
  );
  assert.equal(retryDelayMs(away, 2, 0), 0);
  assert.equal(retryDelayMs(busy, 0, 0.5), 1050);
});

test('a repetition that would end after the deadline is not made', async () => {
  const busy = new ProvenderError('PROVENDER_BUSY', 'x', { details: { retryAfterMs: 60_000 } });
  let attempts = 0;
  const work = withRetries({ timeoutMs: 1000 }, async () => {
    attempts++;
    throw busy;
  });
  await assert.rejects(work, busy);
  assert.equal(attempts, 1);
});

test('a closed client refuses calls, and ends those that run after its grace', async () => {
  await using node = await openRpcNode();
  const { client, shares } = node;
  shares.gate = untilAborted;
  const running = [client.setShare(Uint8Array.of(1)), client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)])];
  await eventually('both run', () => node.server.runningCalls === 2);
  const ends = Promise.allSettled(running);
  await client.close({ graceMs: 20 });
  for (const end of await ends)
    assert.ok(end.status === 'rejected' && end.reason.code === 'PROVENDER_CLOSED');
  await assert.rejects(client.setShare(Uint8Array.of(1)), { code: 'PROVENDER_CLOSED' });
  await assert.rejects(client.setFile({ sizeBytes: 0 }, []), { code: 'PROVENDER_CLOSED' });
  await client.close();
});

test('closing waits for calls that end in time', async () => {
  await using node = await openRpcNode();
  let isOpen = false;
  node.shares.gate = async () => eventually('the gate is open', () => isOpen);
  const running = node.client.setShare(Uint8Array.of(1));
  await eventually('it runs', () => node.server.runningCalls === 1);
  const closing = node.client.close();
  isOpen = true;
  assert.equal((await running).held, false);
  await closing;
});
