import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isProvenderError, type ProvenderClient } from '../../src/rpc/client/index.ts';
import { startEvm } from '../support/evm.ts';
import type { NodeProcess } from '../support/node-process.ts';
import { PaidProvider } from '../support/paid-provider.ts';
import { openScratch } from '../support/scratch.ts';

const KILLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 20 : 3;
/** Of a chunk of 1000 bytes. */
const PRICE = 3n;

test('a node is killed again and again: its client loses no amount and pays for no more than it asked', async () => {
  await using scratch = await openScratch();
  await using evm = await startEvm();
  const channelId = await evm.open({ value: 100_000n });
  const provider = new PaidProvider({ scratch, evm });
  let node = await provider.replica(1);
  let asked = 0;
  let served = 0;
  const chunk = (): Uint8Array => new Uint8Array(1000).fill(asked >> 8).fill(asked & 255, 500);
  /** Pays for chunks until the node is gone; one of them may be under way then. */
  const payUntilGone = async (client: ProvenderClient, running: NodeProcess): Promise<void> => {
    const before = served;
    for (;;) {
      asked++;
      try {
        await client.setShare(chunk(), { timeoutMs: 2000 });
      } catch (error) {
        assert.ok(isProvenderError(error), String(error));
        return;
      }
      served++;
      // not awaited: the next call is under way when it comes
      if (served === before + 5) void running.end('SIGKILL');
    }
  };
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await payUntilGone(await provider.client(node, channelId, evm.client), node);
      await node.exited();
      node = await provider.replica(1);
    }
    await using client = await provider.client(node, channelId, evm.client);
    asked++;
    await client.setShare(chunk(), { timeoutMs: 30_000 });
    served++;
    const state = await client.payments.channelState(channelId, evm.client);
    const file = scratch.at('wallet', `${evm.escrow.mpe}-${channelId}.json`);
    assert.equal(JSON.parse(await readFile(file, 'utf8')).accepted, String(state.amount));
    assert.ok(state.amount >= BigInt(served) * PRICE, `${state.amount} for ${served} served`);
    assert.ok(state.amount <= BigInt(asked) * PRICE, `${state.amount} for ${asked} asked`);
    assert.equal(state.amount % PRICE, 0n);
  } finally {
    await node.end('SIGTERM').catch(() => undefined);
  }
});
