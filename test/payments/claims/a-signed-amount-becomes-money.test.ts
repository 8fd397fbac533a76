import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readEnded } from '../../../src/payments/held-records.ts';
import { ClaimsWorld } from '../../support/claims-world.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

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

test('open, pay, list, start, settle, finish: the provider has exactly what was signed', async () => {
  const channelId = await evm.open({ value: 1_000n });
  await world.pay(channelId, 30n);
  await world.pay(channelId, 12n);
  const [unclaimed] = await world.unclaimed();
  assert.deepEqual([unclaimed?.channelId, unclaimed?.nonce, unclaimed?.amount], [channelId, 0n, 42n]);
  assert.equal(unclaimed?.signature, undefined);
  const started = await world.start(channelId, 0n);
  const signature = world.sign({ channelId, nonce: 0n, amount: 42n });
  const { expiration = 0n } = (await world.chain.read(channelId)) ?? {};
  assert.deepEqual(started, { channelId, nonce: 0n, amount: 42n, signature, expiration });
  assert.deepEqual(await world.inProgress(), [started]);
  assert.deepEqual(await world.unclaimed(), []);
  const before = await evm.calls.balance(evm.provider.address);
  const [settled] = await world.settle([started]);
  assert.equal(settled?.is, 'paid');
  assert.equal((await evm.calls.balance(evm.provider.address)) - before, 42n);
  assert.deepEqual(await world.inProgress(), []);
  const [ended] = await readEnded(world, channelId);
  assert.deepEqual(
    [ended?.nonce, ended?.amount, ended?.outcome, ended?.claimedAmount, ended?.transaction],
    [0n, 42n, 'paid', 42n, settled.transaction],
  );
  assert.deepEqual(ended?.signature, signature);
  assert.deepEqual(world.told, [`started ${channelId}/0 42`, `ended ${channelId}/0 paid`]);
});

test('while a claim is outstanding the channel is paid on the next nonce, with added funds and a later expiration', async () => {
  const channelId = await evm.open({ value: 100n });
  await world.pay(channelId, 90n);
  const first = await world.start(channelId, 0n);
  await assert.rejects(world.pay(channelId, 11n), {
    code: 'PROVENDER_UNPAID',
    message: 'not enough tokens on payment channel, channel amount: 10, payment amount: 11',
  });
  await evm.calls.addFunds(evm.client, channelId, 50n);
  const expiration = (await evm.calls.blockNumber()) + 200_000n;
  await evm.calls.extend(evm.client, channelId, expiration);
  assert.equal(await world.pay(channelId, 60n), 60n);
  await assert.rejects(world.pay(channelId, 1n), { code: 'PROVENDER_UNPAID', message: /not enough tokens/ });
  const state = await world.channelState(channelId);
  assert.deepEqual(
    [state.currentNonce, state.currentSignedAmount, state.oldNonceSignedAmount],
    [1n, 60n, 90n],
  );
  assert.deepEqual(state.oldNonceSignature, first.signature);
  await assert.rejects(world.start(channelId, 1n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `claim on channel: {ID: ${channelId}} is already in progress`,
  });
  await world.settle([first]);
  const second = await world.start(channelId, 1n);
  assert.deepEqual([second.nonce, second.amount, second.expiration], [1n, 60n, expiration]);
  await world.settle([second]);
  const view = await world.chain.read(channelId);
  assert.deepEqual([view?.nonce, view?.value], [2n, 0n]);
  assert.equal((await world.channelState(channelId)).currentNonce, 2n);
  await evm.calls.addFunds(evm.client, channelId, 5n);
  assert.equal(await world.pay(channelId, 5n), 5n);
});

test('a nonce that the sender has taken back is not reported as paid, and raises the alarm', async () => {
  world.told.length = 0;
  const expiration = (await evm.calls.blockNumber()) + 30n;
  const [withClaim, withoutClaim] = [await evm.open({ expiration }), await evm.open({ expiration })];
  await world.pay(withClaim, 7n);
  await world.pay(withoutClaim, 8n);
  const started = await world.start(withClaim, 0n);
  await evm.calls.mine(30);
  for (const id of [withClaim, withoutClaim]) await evm.calls.claimTimeout(evm.client, id);
  await world.caughtUp();
  assert.deepEqual(await world.inProgress(), []);
  for (const [id, amount] of [
    [withClaim, 7n],
    [withoutClaim, 8n],
  ] as const) {
    const [ended] = await readEnded(world, id);
    assert.deepEqual([ended?.outcome, ended?.amount, ended?.claimedAmount], ['timed-out', amount, undefined]);
    assert.ok(world.told.includes(`alarm ${id}/0 timed-out: 0 of ${amount}`));
  }
  assert.deepEqual(await world.settle([started]), [
    { channelId: withClaim, nonce: 0n, amount: 7n, is: 'over' },
  ]);
  await assert.rejects(world.start(withoutClaim, 1n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `authorized amount is zero , hence nothing to claim on the channel Id: ${withoutClaim}`,
  });
  const closed = { code: 'PROVENDER_UNPAID', message: /near to be expired, expiration time: 0/ };
  await assert.rejects(world.pay(withClaim, 1n), closed);
  await assert.rejects(world.pay(withoutClaim, 1n), closed);
});

test('less than was signed, claimed by the recipient himself, is paid with its amount and raises the alarm', async () => {
  world.told.length = 0;
  const channelId = await evm.open();
  await world.pay(channelId, 50n);
  const { signature = new Uint8Array() } = await world.start(channelId, 0n);
  await evm.calls.claim(evm.provider, { channelId, amount: 20n, planned: 50n, signature });
  assert.deepEqual(await world.inProgress(), []);
  const [ended] = await readEnded(world, channelId);
  assert.deepEqual([ended?.outcome, ended?.claimedAmount, ended?.amount], ['paid', 20n, 50n]);
  assert.ok(world.told.includes(`alarm ${channelId}/0 claimed-less: 20 of 50`));
});

test('an amount that somebody has claimed without a claim of ours is kept before the channel goes on', async () => {
  world.told.length = 0;
  const channelId = await evm.open();
  await world.pay(channelId, 33n);
  const signature = world.sign({ channelId, nonce: 0n, amount: 33n });
  await evm.calls.claim(evm.provider, { channelId, amount: 33n, signature });
  await assert.rejects(world.start(channelId, 0n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: /amount is zero/,
  });
  const [ended] = await readEnded(world, channelId);
  assert.deepEqual([ended?.outcome, ended?.claimedAmount], ['paid', 33n]);
  assert.equal(await world.pay(channelId, 4n), 4n);
  assert.equal((await world.channelState(channelId)).currentNonce, 1n);
});

test('the amounts of upstream clients above 2^64 are listed and claimed', async () => {
  const rich = await evm.account();
  const amount = 3n * 2n ** 64n;
  await evm.calls.mint(evm.deployer, rich.address, amount);
  await evm.calls.approve(rich, amount);
  await evm.calls.deposit(rich, amount);
  const expiration = (await evm.calls.blockNumber()) + 1_000n;
  const parties = { signer: evm.client.address, recipient: evm.provider.address, groupId: evm.groupId };
  const channelId = await evm.calls.openChannel(rich, { ...parties, value: amount, expiration });
  await world.pay(channelId, 2n ** 64n);
  assert.ok((await world.unclaimed()).some((one) => one.channelId === channelId && one.amount === 2n ** 64n));
  const started = await world.start(channelId, 0n);
  const [settled] = await world.settle([started]);
  assert.equal(settled?.is === 'paid' && settled.claimed, 2n ** 64n);
});
