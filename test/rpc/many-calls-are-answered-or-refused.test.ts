import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { eventually, openRpcNode, untilAborted } from '../support/rpc-node.ts';

const CALLS = 10_000;

test('10,000 calls at the same time all get their answer', async () => {
  await using node = await openRpcNode({}, { timeoutMs: 120_000 });
  const { stat } = await node.client.setShare(Buffer.from('chunk'));
  const answers = await Promise.all(Array.from({ length: CALLS }, () => node.client.getShare(stat.id)));
  assert.equal(answers.filter((bytes) => Buffer.from(bytes).equals(Buffer.from('chunk'))).length, CALLS);
  await eventually('no call runs', () => node.server.runningCalls === 0);
});

test('10,000 calls to a node that takes 50 end with an answer or with BUSY, and the node goes on', async () => {
  await using node = await openRpcNode({ limits: { maxCalls: 50 } }, { timeoutMs: 120_000 });
  node.shares.gate = () => new Promise((resolve) => setImmediate(resolve));
  let most = 0;
  const calls = Array.from({ length: CALLS }, async (_, i) => {
    try {
      await node.client.setShare(Buffer.from(String(i)));
      return 'answer';
    } catch (error) {
      assert.ok(isProvenderError(error), String(error));
      most = Math.max(most, node.server.runningCalls);
      if (error.code === 'PROVENDER_BUSY') assert.ok(Number(error.details['retryAfterMs']) > 0);
      return error.code;
    }
  });
  const ends = await Promise.all(calls);
  const answers = ends.filter((end) => end === 'answer').length;
  const refused = ends.filter((end) => end === 'PROVENDER_BUSY').length;
  assert.equal(answers + refused, CALLS);
  assert.ok(answers > 0 && refused > 0, `${answers} answers, ${refused} refusals`);
  assert.ok(most <= 50);
  await eventually('no call runs', () => node.server.runningCalls === 0);
  assert.equal((await node.client.setShare(Buffer.from('after'))).held, false);
});

test('calls that would hold too many bytes are refused, and let in when others have ended', async () => {
  await using node = await openRpcNode({ limits: { maxBytesInFlight: 5 * 2 ** 20 } });
  const { client, shares } = node;
  shares.gate = untilAborted;
  const ending = new AbortController();
  const first = client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)], { signal: ending.signal });
  await eventually('the first runs', () => node.server.runningCalls === 1);
  const refused: unknown = await client
    .setFile({ sizeBytes: 1 }, [Uint8Array.of(2)])
    .catch((error: unknown) => error);
  assert.ok(refused instanceof ProvenderError);
  assert.equal(refused.code, 'PROVENDER_BUSY');
  assert.deepEqual(refused.details, { limit: 5 * 2 ** 20, needed: 4 * 2 ** 20, retryAfterMs: 100 });
  ending.abort();
  await assert.rejects(first, { code: 'PROVENDER_CANCELLED' });
  await eventually('no call runs', () => node.server.runningCalls === 0);
  shares.gate = async () => undefined;
  assert.equal((await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(3)])).held, false);
});

test('a question for a proof counts with what its proof may have', async () => {
  await using node = await openRpcNode({ limits: { maxBytesInFlight: 2 ** 20 } });
  const { client, shares } = node;
  const { stat } = await client.setShare(Uint8Array.of(1));
  const asked = (k: number): Promise<unknown> => {
    const challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k, beacon: new Uint8Array(32) };
    return client.verifyShare({ id: stat.id, challenge }, { verify: false, timeoutMs: 1000 });
  };
  await assert.rejects(asked(128), { code: 'PROVENDER_BUSY' });
  shares.gate = untilAborted;
  const one = asked(32);
  await eventually('the first runs', () => node.server.runningCalls === 1);
  await assert.rejects(asked(32), { code: 'PROVENDER_BUSY' });
  await assert.rejects(one);
  await eventually('what they held is free again', () => node.server.runningCalls === 0);
  shares.gate = async () => undefined;
  await client.setShare(Uint8Array.of(2));
});

test('a read that meets BUSY is repeated by the client after the time that the node gives', async () => {
  await using node = await openRpcNode({ limits: { maxCalls: 1 } });
  const { client, shares } = node;
  const { stat } = await client.setShare(Uint8Array.of(1));
  shares.gate = untilAborted;
  const ending = new AbortController();
  const first = client.setShare(Uint8Array.of(2), { signal: ending.signal });
  await eventually('the first runs', () => node.server.runningCalls === 1);
  const read = client.getShare(stat.id);
  await eventually('the read was refused', () => node.logged.some((line) => line.includes('PROVENDER_BUSY')));
  shares.gate = async () => undefined;
  ending.abort();
  await assert.rejects(first);
  assert.deepEqual([...(await read)], [1]);
});
