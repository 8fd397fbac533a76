import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EvmChainReaderOptions } from '../../../src/payments/chain/evm-chain-reader.ts';
import { EvmChainReader } from '../../../src/payments/chain/evm-chain-reader.ts';
import { keccak256 } from '../../../src/payments/keccak.ts';
import { signMessage } from '../../../src/payments/signatures.ts';
import { paymentMessage } from '../../../src/payments/signed-messages.ts';
import { type Evm, startEvm } from '../../support/evm.ts';
import { startRpcProxy } from '../../support/rpc-proxy.ts';

let evm: Evm;
before(async () => {
  evm = await startEvm();
});
after(() => evm.close());

function open(options: Partial<EvmChainReaderOptions> = {}): Promise<EvmChainReader> {
  const { mpe, evmChainId } = evm.escrow;
  return EvmChainReader.open({ endpoints: [evm.url], mpe, evmChainId, ...options });
}

async function claim(channelId: bigint, nonce: bigint, amount: bigint, isSendback = false): Promise<void> {
  const message = paymentMessage(evm.escrow.mpe, { channelId, nonce, amount });
  const signature = signMessage(message, evm.client.privateKey);
  await evm.calls.claim(evm.provider, { channelId, amount, signature, isSendback });
}

test('a view has the fields in the order of the contract: nonce, sender, signer, recipient, group, value, expiration', async () => {
  const signer = await evm.account();
  const groupId = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  const channelId = await evm.open({ signer: signer.address, groupId, value: 321n, expiration: 987_654n });
  await claim(channelId, 0n, 21n);
  await using reader = await open();
  const view = await reader.read(channelId);
  assert.deepEqual(view, {
    channelId,
    nonce: 1n,
    sender: evm.client.address,
    signer: signer.address,
    recipient: evm.provider.address,
    groupId,
    value: 300n,
    expiration: 987_654n,
    block: await evm.calls.blockNumber(),
  });
  // The same words, read by hand: selector of channels(uint256), 7 words of 32 bytes.
  const selector = Buffer.from(keccak256(Buffer.from('channels(uint256)'))).toString('hex', 0, 4);
  const data = `0x${selector}${channelId.toString(16).padStart(64, '0')}`;
  const params = [{ to: evm.escrow.mpe, data }, 'latest'];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params });
  const headers = { 'content-type': 'application/json' };
  const response: unknown = await (await fetch(evm.url, { method: 'POST', headers, body })).json();
  assert.ok(typeof response === 'object' && response !== null && 'result' in response);
  const hex = String(response.result).slice(2);
  const words = Array.from({ length: 7 }, (_, i) => `0x${hex.slice(64 * i, 64 * (i + 1))}`);
  assert.equal(hex.length, 7 * 64);
  assert.deepEqual(
    words.map((word) => BigInt(word)),
    [
      1n,
      BigInt(evm.client.address),
      BigInt(signer.address),
      BigInt(evm.provider.address),
      BigInt(`0x${Buffer.from(groupId).toString('hex')}`),
      300n,
      987_654n,
    ],
  );
});

test('a channel whose sender is 0 is absent, also where somebody has added funds to it', async () => {
  await using reader = await open();
  assert.equal(await reader.read(1_000_000n), undefined);
  assert.equal(await reader.read(2n ** 256n - 1n), undefined);
  await evm.calls.addFunds(evm.client, 1_000_000n, 5n);
  assert.equal(await reader.read(1_000_000n), undefined);
  assert.equal(reader.cached(1_000_000n), undefined);
});

test('what was read is kept for the longest age and not longer, and is not asked for again', async () => {
  await using proxy = await startRpcProxy(evm.url);
  let now = 0;
  const clock = { now: () => now, sleep: until };
  const reader = await open({ endpoints: [proxy.url], maxViewAgeMs: 1_000, clock });
  const channelId = await evm.open();
  assert.equal(reader.cached(channelId), undefined);
  const view = await reader.read(channelId);
  const before = proxy.asked.length;
  now = 1_000;
  assert.deepEqual(reader.cached(channelId), view);
  assert.equal(proxy.asked.length, before);
  now = 1_001;
  assert.equal(reader.cached(channelId), undefined);
  await reader.close();
});

test('the current block is good for its longest age after an endpoint told it, then nobody knows it', async () => {
  let now = 0;
  const reader = await open({ maxBlockAgeMs: 60_000, clock: { now: () => now, sleep: until } });
  assert.equal(reader.currentBlock(), await evm.calls.blockNumber());
  now = 60_000;
  assert.equal(reader.currentBlock(), await evm.calls.blockNumber());
  now = 60_001;
  const unknown = { code: 'PROVENDER_CHANNEL', message: 'cannot determine current block' };
  assert.throws(() => reader.currentBlock(), unknown);
  await reader.close();
});

test('the current block is asked for again and again, and never goes back when the chain does', async () => {
  const sleepers: (() => void)[] = [];
  const sleep = (): Promise<void> => new Promise((resolve) => sleepers.push(resolve));
  const seen: bigint[] = [];
  const events = { block: ({ block }: { block: bigint }) => void seen.push(block) };
  const reader = await open({ clock: { now: () => 0, sleep: withEnd(sleep) }, events });
  const start = reader.currentBlock();
  const back = await evm.fork();
  await evm.calls.mine(3);
  await turnUntil(sleepers, () => reader.currentBlock() === start + 3n);
  await back();
  assert.equal(await evm.calls.blockNumber(), start);
  await turn(sleepers);
  assert.equal((await reader.read(1n))?.block, start);
  assert.equal(reader.currentBlock(), start + 3n);
  assert.deepEqual(seen, [start, start + 3n]);
  await reader.close();
});

test('with confirmations a channel is read as it was that many blocks ago', async () => {
  await using reader = await open({ confirmations: 2 });
  const channelId = await evm.open({ value: 10n });
  assert.equal(await reader.read(channelId), undefined);
  await evm.calls.addFunds(evm.client, channelId, 5n);
  await evm.calls.mine(1);
  assert.equal((await reader.read(channelId))?.value, 10n);
  await evm.calls.mine(1);
  const view = await reader.read(channelId);
  assert.equal(view?.value, 15n);
  assert.equal(view?.block, (await evm.calls.blockNumber()) - 2n);
});

test('the events tell how a nonce ended: claimed, claimed with the rest sent back, or taken back by the sender', async () => {
  await using reader = await open();
  const expiration = (await evm.calls.blockNumber()) + 3n;
  const channelId = await evm.open({ value: 100n, expiration });
  await claim(channelId, 0n, 40n);
  await claim(channelId, 1n, 10n, true);
  await evm.calls.addFunds(evm.client, channelId, 5n);
  await evm.calls.claimTimeout(evm.client, channelId);
  const [first, second, third] = await Promise.all(
    [0n, 1n, 2n].map((nonce) => reader.ending(channelId, nonce)),
  );
  assert.equal(first?.is === 'paid' && first.amount, 40n);
  assert.equal(second?.is === 'paid' && second.amount, 10n);
  assert.equal(third?.is, 'timed-out');
  assert.equal(third.block, await evm.calls.blockNumber());
  assert.match(third.transaction, /^0x[0-9a-f]{64}$/);
  const view = await reader.read(channelId);
  assert.deepEqual([view?.nonce, view?.value, view?.expiration], [3n, 0n, 0n]);
  assert.deepEqual(await reader.ending(channelId, 3n), { is: 'unknown' });
  assert.deepEqual(await reader.ending(channelId + 99n, 0n), { is: 'unknown' });
  const fromBlock = (view?.block ?? 0n) + 1n;
  assert.deepEqual(await reader.ending(channelId, 0n, { fromBlock }), { is: 'unknown' });
});

/** Sleeps until it is closed. */
function until(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}

function withEnd(sleep: () => Promise<void>): (ms: number, signal?: AbortSignal) => Promise<void> {
  return (ms, signal) => Promise.race([sleep(), until(ms, signal)]);
}

/** Wakes the poll once. */
async function turn(sleepers: (() => void)[]): Promise<void> {
  while (sleepers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  sleepers.pop()?.();
  while (sleepers.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

async function turnUntil(sleepers: (() => void)[], fact: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !fact(); i++) await turn(sleepers);
  assert.ok(fact());
}
