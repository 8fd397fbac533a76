import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EvmChainReader } from '../../../src/payments/chain/evm-chain-reader.ts';
import { signMessage } from '../../../src/payments/signatures.ts';
import { paymentMessage } from '../../../src/payments/signed-messages.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

let evm: Evm;
let chain: EvmChainReader;
before(async () => {
  evm = await startEvm();
  const { mpe, evmChainId } = evm.escrow;
  chain = await EvmChainReader.open({ endpoints: [evm.url], mpe, evmChainId });
});
after(async () => {
  await chain.close();
  await evm.close();
});

/** What the caching of views rests on: until a channel expires, nobody but the recipient can make it smaller. */
test('a channel is never shortened, and nobody but its sender extends it', async () => {
  const expiration = (await evm.calls.blockNumber()) + 500n;
  const channelId = await evm.open({ expiration });
  const shorter = { code: 'PROVENDER_CHANNEL', message: /Invalid expiration/ };
  await assert.rejects(evm.calls.extend(evm.client, channelId, expiration - 1n), shorter);
  const other = { code: 'PROVENDER_CHANNEL', message: /Sender not authorized/ };
  await assert.rejects(evm.calls.extend(evm.provider, channelId, expiration + 1n), other);
  await evm.calls.extend(evm.client, channelId, expiration + 7n);
  assert.equal((await chain.read(channelId))?.expiration, expiration + 7n);
});

test('anybody adds funds, from his own deposit', async () => {
  const channelId = await evm.open({ value: 5n });
  const friend = await evm.account();
  await evm.calls.addFunds(friend, channelId, 40n);
  assert.equal((await chain.read(channelId))?.value, 45n);
  await assert.rejects(evm.calls.addFunds(friend, channelId, 10n ** 18n), {
    message: /Insufficient balance/,
  });
});

test('the sender takes a channel back from its expiration on, not one block earlier; value and expiration are 0 then', async () => {
  const expiration = (await evm.calls.blockNumber()) + 20n;
  const channelId = await evm.open({ expiration });
  const left = expiration - (await evm.calls.blockNumber());
  await evm.calls.mine(Number(left) - 2);
  const early = { code: 'PROVENDER_CHANNEL', message: /Claim called too early/ };
  await assert.rejects(evm.calls.claimTimeout(evm.client, channelId), early);
  await evm.calls.mine(1);
  const other = { code: 'PROVENDER_CHANNEL', message: /Sender not authorized/ };
  await assert.rejects(evm.calls.claimTimeout(evm.provider, channelId), other);
  await evm.calls.claimTimeout(evm.client, channelId);
  const view = await chain.read(channelId);
  assert.deepEqual([view?.nonce, view?.value, view?.expiration], [1n, 0n, 0n]);
  assert.equal(view?.block, expiration);
});

test('the recipient claims an expired channel that nobody has taken back', async () => {
  const channelId = await evm.open({ expiration: 1n, value: 30n });
  const payment = { channelId, nonce: 0n, amount: 30n };
  const signature = signMessage(paymentMessage(evm.escrow.mpe, payment), evm.client.privateKey);
  await evm.calls.claim(evm.provider, { channelId, amount: 30n, signature });
  assert.equal((await chain.ending(channelId, 0n)).is, 'paid');
});

test('a claim that sends the rest back closes the channel: what a cached view says of its value is wrong then', async () => {
  const channelId = await evm.open({ value: 30n });
  const cached = await chain.read(channelId);
  const payment = { channelId, nonce: 0n, amount: 10n };
  const signature = signMessage(paymentMessage(evm.escrow.mpe, payment), evm.client.privateKey);
  await evm.calls.claim(evm.provider, { channelId, amount: 10n, signature, isSendback: true });
  assert.equal(chain.cached(channelId), cached);
  const view = await chain.read(channelId);
  assert.deepEqual([view?.nonce, view?.value, view?.expiration], [1n, 0n, 0n]);
});
