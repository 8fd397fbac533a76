import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChannelStates } from '../../src/payments/channel-state.ts';
import { EvmChainReader } from '../../src/payments/chain/evm-chain-reader.ts';
import { encodeClaim } from '../../src/payments/records/claim-record.ts';
import { signMessage } from '../../src/payments/signatures.ts';
import { channelStateMessage } from '../../src/payments/signed-messages.ts';
import { uint256Bytes } from '../../src/payments/uint256.ts';
import { ClaimsWorld } from '../support/claims-world.ts';
import { type Evm, startEvm } from '../support/evm.ts';
import { startRpcProxy } from '../support/rpc-proxy.ts';

let evm: Evm;
let world: ClaimsWorld;
before(async () => {
  evm = await startEvm();
  world = await ClaimsWorld.open(evm);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await evm.close();
});

function ask(
  channelId: bigint,
  privateKey: Uint8Array,
  block = world.chain.currentBlock(),
): Promise<unknown> {
  const signature = signMessage(channelStateMessage(world.policy.mpe, channelId, block), privateKey);
  return world.states.answer({ channelId: uint256Bytes(channelId), signature, currentBlock: block });
}

test('where nothing was signed there is only the nonce; then amount and signature; then those of the old nonce too', async () => {
  const channelId = await evm.open();
  assert.deepEqual(await world.channelState(channelId), { currentNonce: 0n });
  await world.pay(channelId, 0n);
  assert.deepEqual(await world.channelState(channelId), { currentNonce: 0n });
  await world.pay(channelId, 6n);
  const first = world.sign({ channelId, nonce: 0n, amount: 6n });
  const one = { currentNonce: 0n, currentSignedAmount: 6n, currentSignature: first };
  assert.deepEqual(await world.channelState(channelId), one);
  const claim = await world.start(channelId, 0n);
  const old = { oldNonceSignedAmount: 6n, oldNonceSignature: first };
  assert.deepEqual(await world.channelState(channelId), { currentNonce: 1n, ...old });
  await world.pay(channelId, 2n);
  const second = world.sign({ channelId, nonce: 1n, amount: 2n });
  const two = { currentNonce: 1n, currentSignedAmount: 2n, currentSignature: second };
  assert.deepEqual(await world.channelState(channelId), { ...two, ...old });
  await world.settle([claim]);
  await world.chain.read(channelId);
  assert.deepEqual(await world.channelState(channelId), two);
  await world.inProgress();
  assert.deepEqual(await world.channelState(channelId), two);
});

test('sender, signer and recipient are told, with a padded id or not; others are not', async () => {
  const signer = await evm.account();
  const stranger = await evm.account();
  const channelId = await evm.open({ signer: signer.address });
  for (const isPaid of [false, true]) {
    if (isPaid) await world.pay(channelId, 1n);
    for (const { privateKey } of [evm.client, signer, evm.provider])
      assert.ok((await ask(channelId, privateKey)) !== undefined);
    await assert.rejects(ask(channelId, stranger.privateKey), {
      code: 'PROVENDER_UNPAID',
      message: 'only channel signer/sender/receiver can get latest channel state',
    });
  }
  const currentBlock = world.chain.currentBlock();
  const message = channelStateMessage(world.policy.mpe, channelId, currentBlock);
  const signature = signMessage(message, signer.privateKey);
  const short = Uint8Array.of(Number(channelId));
  assert.ok((await world.states.answer({ channelId: short, signature, currentBlock })) !== undefined);
});

test('the checks come in their order: signature, channel, signer, block, chain', async () => {
  const channelId = await evm.open();
  const [id, currentBlock] = [uint256Bytes(channelId), world.chain.currentBlock()];
  for (const size of [0, 33]) {
    const request = { channelId: new Uint8Array(size), signature: new Uint8Array(65), currentBlock };
    await assert.rejects(world.states.answer(request), { code: 'PROVENDER_INVALID' });
  }
  const incorrect = { code: 'PROVENDER_UNPAID', message: 'incorrect signature' };
  for (const signature of [new Uint8Array(), new Uint8Array(64), new Uint8Array(65), new Uint8Array(66)])
    await assert.rejects(world.states.answer({ channelId: id, signature, currentBlock: 0n }), incorrect);
  const absent = { code: 'PROVENDER_NOT_FOUND', message: 'channel is not found, channelId: 4242' };
  await assert.rejects(ask(4242n, evm.client.privateKey, 0n), absent);
  const stranger = (await evm.account()).privateKey;
  await assert.rejects(ask(channelId, stranger, currentBlock + 100n), { message: /^only channel signer/ });
  const old = {
    code: 'PROVENDER_UNPAID',
    message: 'authentication failed as the signature passed has expired',
  };
  await evm.calls.mine(10);
  await world.caughtUp();
  const latest = world.chain.currentBlock();
  for (const block of [latest - 6n, latest + 6n, 0n, 2n ** 64n - 1n])
    await assert.rejects(ask(channelId, evm.client.privateKey, block), old);
  for (const block of [latest - 5n, latest + 5n]) await ask(channelId, evm.client.privateKey, block);
});

test('an old nonce that nobody holds is said to be missing', async () => {
  const channelId = await evm.open();
  await world.pay(channelId, 6n);
  await world.start(channelId, 0n);
  const key = world.keys.claim(channelId);
  await world.state.txn({ then: [{ delete: key }] });
  await assert.rejects(world.channelState(channelId), {
    code: 'PROVENDER_CHANNEL',
    message:
      'channel has different nonce in local storage and blockchain and old payment is not found in storage',
  });
});

test('what the store has and cannot be read is a channel error', async () => {
  const channelId = await evm.open();
  await world.pay(channelId, 6n);
  const value = encodeClaim({ nonce: 3n, amount: 1n, signature: new Uint8Array(65), startBlock: 1n });
  const key = world.keys.claim(channelId);
  await world.state.txn({ then: [{ put: key, value }] });
  const contradiction = { code: 'PROVENDER_CHANNEL', message: /^channel error:payment channel error: / };
  await assert.rejects(world.channelState(channelId), contradiction);
  await world.state.txn({ then: [{ put: key, value: new Uint8Array([1]) }] });
  await assert.rejects(world.channelState(channelId), contradiction);
});

test('while the chain is away a channel is told from what was read shortly before, else refused', async () => {
  const { mpe, evmChainId } = evm.escrow;
  await using proxy = await startRpcProxy(evm.url);
  let now = 0;
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  const clock = { now: () => now, sleep };
  const ages = { maxViewAgeMs: 1_000, maxBlockAgeMs: 2_000 };
  await using chain = await EvmChainReader.open({ endpoints: [proxy.url], mpe, evmChainId, clock, ...ages });
  const { state, keys, policy } = world;
  const states = new ChannelStates({ state, keys, chain, policy });
  const [seen, unseen] = [await evm.open(), await evm.open()];
  for (const id of [seen, unseen]) await world.pay(id, 3n);
  const answer = (channelId: bigint, currentBlock: bigint): Promise<unknown> => {
    const signature = signMessage(channelStateMessage(mpe, channelId, currentBlock), evm.client.privateKey);
    return states.answer({ channelId: uint256Bytes(channelId), signature, currentBlock });
  };
  await chain.read(seen);
  const block = chain.currentBlock();
  proxy.answer = () => 'away';
  assert.ok((await answer(seen, block)) !== undefined);
  const unreadable = `channel error:cannot read channel {ID: ${unseen}} from the blockchain`;
  await assert.rejects(answer(unseen, block), { code: 'PROVENDER_CHANNEL', message: unreadable });
  now = 1_001;
  await assert.rejects(answer(seen, block), { code: 'PROVENDER_CHANNEL' });
  now = 2_001;
  await assert.rejects(answer(seen, block), {
    code: 'PROVENDER_CHANNEL',
    message: 'cannot determine current block',
  });
  proxy.answer = ({ method }) => (method === 'eth_call' ? { result: `0x${'0'.repeat(64 * 7)}` } : undefined);
  await chain.read(unseen);
  await assert.rejects(answer(seen, block), {
    code: 'PROVENDER_CHANNEL',
    message: 'unable to read channel details from blockchain.',
  });
});
