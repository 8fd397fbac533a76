import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestClient, decodeFunctionData, http } from 'viem';
import { ESCROW_ABI } from '../../../src/payments/chain/escrow-abi.ts';
import { EvmClaimSender } from '../../../src/payments/claims/settle/evm-claim-sender.ts';
import type { ClaimTransaction } from '../../../src/payments/claims/settle/claim-sender.ts';
import { ClaimsWorld } from '../../support/claims-world.ts';
import { type Evm, startEvm } from '../../support/evm.ts';
import { startRpcProxy } from '../../support/rpc-proxy.ts';

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

async function startedClaim(amount: bigint): ReturnType<ClaimsWorld['start']> {
  const channelId = await evm.open();
  await world.pay(channelId, amount);
  return await world.start(channelId, 0n);
}

test('a dry run says what would be sent and sends nothing; what is sent never gives anything back', async () => {
  const claim = await startedClaim(11n);
  const before = await evm.calls.blockNumber();
  const [planned] = await world.settle([claim], { isDryRun: true });
  assert.equal(await evm.calls.blockNumber(), before);
  assert.ok(planned?.is === 'planned');
  assert.equal(planned.claimed, 11n);
  const { functionName, args } = decodeFunctionData({ abi: ESCROW_ABI, data: planned.transaction.data });
  assert.equal(functionName, 'channelClaim');
  assert.deepEqual([args?.[0], args?.[1], args?.[2], args?.[6]], [claim.channelId, 11n, 11n, false]);
  const seen: ClaimTransaction[] = [];
  const [paid] = await world.settle([claim], {
    onTransaction: (_, transaction) => void seen.push(transaction),
  });
  assert.equal(paid?.is, 'paid');
  assert.deepEqual(seen, [planned.transaction]);
});

test('what was settled before is not sent again', async () => {
  const [a, b] = [await startedClaim(1n), await startedClaim(2n)];
  await world.settle([a]);
  const before = await evm.calls.blockNumber();
  const again = await world.settle([a, b]);
  assert.deepEqual(
    again.map(({ is }) => is),
    ['over', 'paid'],
  );
  assert.equal(await evm.calls.blockNumber(), before + 1n);
  assert.deepEqual(
    (await world.settle([a, b])).map(({ is }) => is),
    ['over', 'over'],
  );
});

test('a later nonce waits for the one before, and fails with it', async () => {
  const channelId = await evm.open();
  await world.pay(channelId, 1n);
  const first = await world.start(channelId, 0n);
  const signature = world.sign({ channelId, nonce: 1n, amount: 2n });
  const second = { ...first, nonce: 1n, amount: 2n, signature };
  const [alone] = await world.settle([second]);
  assert.ok(alone?.is === 'failed');
  assert.match(alone.reason, /the chain is at nonce 0, which has to be claimed first/);
  const broken = { ...first, signature: new Uint8Array(65).fill(27) };
  const both = await world.settle([second, broken]);
  assert.deepEqual(
    both.map(({ nonce, is }) => [nonce, is]),
    [
      [0n, 'failed'],
      [1n, 'failed'],
    ],
  );
  assert.match(both[0]?.is === 'failed' ? both[0].reason : '', /Invalid signature/);
  const planned = await world.settle([second, first], { isDryRun: true });
  assert.deepEqual(
    planned.map(({ nonce, is }) => [nonce, is]),
    [
      [0n, 'planned'],
      [1n, 'planned'],
    ],
  );
  const done = await world.settle([second, first]);
  assert.deepEqual(
    done.map(({ nonce, is }) => [nonce, is]),
    [
      [0n, 'paid'],
      [1n, 'paid'],
    ],
  );
});

test('when the channel has less than was signed, what it has is claimed', async () => {
  const channelId = await evm.open({ value: 10n });
  const signature = world.sign({ channelId, nonce: 0n, amount: 25n });
  const [settled] = await world.settle([{ channelId, nonce: 0n, amount: 25n, signature, expiration: 0n }]);
  assert.ok(settled?.is === 'paid');
  assert.equal(settled.claimed, 10n);
});

test('a claim without a signature, of another recipient or of no channel is a failure that says so', async () => {
  const claim = await startedClaim(3n);
  const { signature: _, ...unsigned } = claim;
  const sender = await world.sender(evm.client.privateKey);
  const results = [
    ...(await world.settle([unsigned])),
    ...(await world.settle([claim], { sender })),
    ...(await world.settle([{ ...claim, channelId: 9_999n }])),
  ];
  assert.deepEqual(
    results.map((one) => (one.is === 'failed' ? one.reason : one.is)),
    [
      'its claim has not been started',
      `the key is of ${evm.client.address}, the channel pays ${evm.provider.address}`,
      'the channel is not on the blockchain',
    ],
  );
});

test('a transaction of an earlier run that is in no block yet is waited for, and not sent a second time', async () => {
  const claim = await startedClaim(4n);
  const anvil = createTestClient({ mode: 'anvil', transport: http(evm.url) });
  await anvil.setAutomine(false);
  const sender = await world.sender();
  const { channelId, amount, signature = new Uint8Array() } = claim;
  await sender.send(sender.transactionOf({ channelId, amount, signedAmount: amount, signature }));
  const resumed = world.settle([claim]);
  await anvil.mine({ blocks: 1 });
  await anvil.setAutomine(true);
  assert.deepEqual(
    (await resumed).map(({ is }) => is),
    ['over'],
  );
});

test('as many confirmations as are asked for are waited for', async () => {
  const claim = await startedClaim(5n);
  let isDone = false;
  const settled = world.settle([claim], { confirmations: 3 }).then((all) => {
    isDone = true;
    return all;
  });
  const start = await evm.calls.blockNumber();
  while ((await evm.calls.blockNumber()) === start && !isDone)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isDone, false);
  await evm.calls.mine(2);
  const [paid] = await settled;
  assert.ok(paid?.is === 'paid');
  assert.ok((await evm.calls.blockNumber()) >= paid.block + 2n);
});

test('the sender refuses another chain and a URL that is none, and shows neither key nor secret', async () => {
  const { mpe, evmChainId } = evm.escrow;
  const { privateKey } = evm.provider;
  await using proxy = await startRpcProxy(evm.url, '/v3/secret-project-key');
  const options = { endpoint: proxy.url, mpe, evmChainId, privateKey };
  await assert.rejects(EvmClaimSender.open({ ...options, evmChainId: 1n }), {
    code: 'PROVENDER_CONFIG',
    message: /has EVM chain id 31337, expected 1/,
  });
  await assert.rejects(EvmClaimSender.open({ ...options, endpoint: 'secret-url' }), {
    code: 'PROVENDER_CONFIG',
    message: 'the RPC endpoint is not a URL',
  });
  const sender = await EvmClaimSender.open(options);
  const answers: (object | string)[] = [
    { error: { code: 1, message: 'secret-project-key is over its limit' } },
    'no JSON',
    { result: '0x' },
  ];
  for (const answer of answers) {
    proxy.answer = () => answer;
    await assert.rejects(sender.settled(), (error: Error) => {
      const text = `${String(error.stack)} ${JSON.stringify(error)} ${String(error.cause)}`;
      assert.doesNotMatch(text, /secret-project|0x[0-9a-f]{64}/);
      return true;
    });
  }
});
