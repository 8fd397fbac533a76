import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { readEnded } from '../../../src/payments/held-records.ts';
import { ClaimsWorld } from '../../support/claims-world.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

let evm: Evm;
let world: ClaimsWorld;
before(async () => {
  evm = await startEvm();
});
after(() => evm.close());
beforeEach(async () => {
  world = await ClaimsWorld.open(evm);
});

test('a claim that the chain forgets is listed again, counted, sent again and paid once', async () => {
  await using _ = world;
  const channelId = await evm.open({ value: 100n });
  await world.pay(channelId, 60n);
  const started = await world.start(channelId, 0n);
  const back = await evm.fork();
  await world.settle([started]);
  assert.deepEqual(await world.inProgress(), []);
  assert.equal(await world.pay(channelId, 15n), 15n);

  await back();
  await world.chain.read(channelId);
  assert.deepEqual(await world.inProgress(), [started]);
  assert.ok(world.told.includes(`reopened ${channelId}/0`));
  assert.equal(await world.pay(channelId, 25n), 40n);
  await assert.rejects(world.pay(channelId, 1n), { code: 'PROVENDER_UNPAID', message: /not enough tokens/ });
  const state = await world.channelState(channelId);
  assert.deepEqual([state.currentNonce, state.currentSignedAmount], [1n, 40n]);
  assert.deepEqual([state.oldNonceSignedAmount, state.oldNonceSignature], [60n, started.signature]);
  await assert.rejects(world.start(channelId, 1n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `claim on channel: {ID: ${channelId}} is already in progress`,
  });

  const before = await evm.calls.balance(evm.provider.address);
  const [settled] = await world.settle(await world.inProgress());
  assert.equal(settled?.is, 'paid');
  assert.equal((await evm.calls.balance(evm.provider.address)) - before, 60n);
  assert.deepEqual(await world.inProgress(), []);
  const [entry] = await readEnded(world, channelId);
  assert.deepEqual([entry?.outcome, entry?.transaction], ['paid', settled.transaction]);
  const second = await world.start(channelId, 1n);
  await world.settle([second]);
  assert.equal((await evm.calls.balance(evm.provider.address)) - before, 100n);
});

test('two nonces that are open again are settled in their order', async () => {
  await using _ = world;
  const channelId = await evm.open({ value: 100n });
  const back = await evm.fork();
  for (const nonce of [0n, 1n]) {
    await world.pay(channelId, 10n);
    await world.settle([await world.start(channelId, nonce)]);
    await world.inProgress();
  }
  await world.pay(channelId, 10n);
  await back();
  const open = await world.inProgress();
  assert.deepEqual(
    open.map(({ nonce, amount }) => [nonce, amount]),
    [
      [0n, 10n],
      [1n, 10n],
    ],
  );
  const settled = await world.settle(open.toReversed());
  assert.deepEqual(
    settled.map(({ nonce, is }) => [nonce, is]),
    [
      [0n, 'paid'],
      [1n, 'paid'],
    ],
  );
  await world.inProgress();
  await world.settle([await world.start(channelId, 2n)]);
  const view = await world.chain.read(channelId);
  assert.deepEqual([view?.nonce, view?.value], [3n, 70n]);
});

test('a nonce that ends in another way after a reorganisation is kept as it ended', async () => {
  await using _ = world;
  const expiration = (await evm.calls.blockNumber()) + 40n;
  const channelId = await evm.open({ expiration });
  await world.pay(channelId, 9n);
  const started = await world.start(channelId, 0n);
  const back = await evm.fork();
  await world.settle([started]);
  await world.inProgress();
  assert.equal((await readEnded(world, channelId))[0]?.outcome, 'paid');
  await back();
  await evm.calls.mine(40);
  await evm.calls.claimTimeout(evm.client, channelId);
  await world.inProgress();
  const [entry] = await readEnded(world, channelId);
  assert.deepEqual([entry?.outcome, entry?.claimedAmount, entry?.amount], ['timed-out', undefined, 9n]);
  assert.ok(world.told.includes(`alarm ${channelId}/0 timed-out: 0 of 9`));
});

test('an end that was seen deep enough is final and not looked at again; until then it is, however late', async () => {
  await using _ = world;
  const channelId = await evm.open();
  await world.pay(channelId, 5n);
  const back = await evm.fork();
  await world.settle([await world.start(channelId, 0n)]);
  await world.inProgress();
  const isFinal = async (): Promise<boolean | undefined> => (await readEnded(world, channelId))[0]?.final;
  assert.equal(await isFinal(), undefined);
  await back();
  await evm.calls.mine(200);
  await world.caughtUp();
  const open = await world.inProgress();
  assert.equal(open.length, 1, 'nobody looked for 200 blocks, and it is found to be open');
  await world.settle(open);
  await evm.calls.mine(63);
  await world.inProgress();
  assert.equal(await isFinal(), undefined);
  await evm.calls.mine(1);
  await world.caughtUp();
  await world.inProgress();
  assert.equal(await isFinal(), true);
});
