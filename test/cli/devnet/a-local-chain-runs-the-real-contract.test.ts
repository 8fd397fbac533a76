import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startAnvil } from '../../../src/cli/devnet/evm/anvil.ts';
import { deployEscrow } from '../../../src/cli/devnet/evm/deploy-escrow.ts';
import { EscrowCalls } from '../../../src/cli/devnet/evm/escrow-calls.ts';
import { type Evm, startEvm } from '../../support/evm.ts';
import { openScratch } from '../../support/scratch.ts';

let evm: Evm;
before(async () => {
  evm = await startEvm();
});
after(() => evm.close());

test('tokens go into the escrow and from there into channels with ids that count up', async () => {
  const { calls, client } = evm;
  const before = await calls.balance(client.address);
  const first = await evm.open({ value: 100n });
  assert.equal(await evm.open({ value: 200n }), first + 1n);
  assert.equal(before - (await calls.balance(client.address)), 300n);
  assert.equal(await calls.tokenBalance(evm.escrow.mpe), 1_000_000n);
  assert.equal(await calls.tokenBalance(client.address), 0n);
});

test('a refusal of the contract says its reason', async () => {
  const channelId = await evm.open();
  await assert.rejects(evm.calls.claimTimeout(evm.client, channelId), {
    code: 'PROVENDER_CHANNEL',
    message: /Claim called too early\./,
  });
  await assert.rejects(evm.calls.deposit(evm.provider, 1n), { code: 'PROVENDER_CHANNEL' });
});

test('transactions of one account that are sent at once get into blocks in order', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => evm.open({ value: 1n })));
  assert.deepEqual(
    ids,
    ids.map((_, i) => (ids[0] ?? 0n) + BigInt(i)),
  );
});

test('mining and going back move the block', async () => {
  const start = await evm.calls.blockNumber();
  const back = await evm.fork();
  await evm.calls.mine(7);
  assert.equal(await evm.calls.blockNumber(), start + 7n);
  await back();
  assert.equal(await evm.calls.blockNumber(), start);
});

test('a chain with a directory goes on with its contracts at the next start', async () => {
  await using scratch = await openScratch();
  const options = { directory: scratch.at('chain'), evmChainId: 1337n };
  const first = await startAnvil(options);
  const escrow = await deployEscrow(first.url);
  assert.equal(escrow.evmChainId, 1337n);
  await new EscrowCalls(first.url, escrow).mint(escrow.accounts.deployer, escrow.accounts.client.address, 5n);
  await first.close();
  await using again = await startAnvil(options);
  assert.equal(await new EscrowCalls(again.url, escrow).tokenBalance(escrow.accounts.client.address), 5n);
});

test('a port in use is said with the last words of the chain', async () => {
  await assert.rejects(startAnvil({ port: Number(new URL(evm.url).port) }), {
    code: 'PROVENDER_UNAVAILABLE',
    message: /in use/,
  });
});
