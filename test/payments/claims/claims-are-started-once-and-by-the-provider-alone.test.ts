import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checksumAddress } from '../../../src/payments/address.ts';
import { readHeldChannel } from '../../../src/payments/held-records.ts';
import { encodeLock } from '../../../src/payments/records/lock-record.ts';
import { signMessage } from '../../../src/payments/signatures.ts';
import {
  listInProgressMessage,
  listUnclaimedMessage,
  startClaimMessage,
  startClaimsMessage,
} from '../../../src/payments/signed-messages.ts';
import { uint256Bytes } from '../../../src/payments/uint256.ts';
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

const expired = {
  code: 'PROVENDER_UNPAID',
  message: 'authentication failed as the signature passed has expired',
};

async function paidChannel(amount = 5n): Promise<bigint> {
  const channelId = await evm.open();
  await world.pay(channelId, amount);
  return channelId;
}

test('a request for another contract is refused; the case of the address does not matter', async () => {
  const { mpe } = world.policy;
  const currentBlock = world.chain.currentBlock();
  const signature = world.signed(listUnclaimedMessage(mpe, currentBlock));
  for (const mpeAddress of [checksumAddress(mpe), mpe.toUpperCase(), mpe])
    await world.claims.listUnclaimed({ mpeAddress, currentBlock, signature });
  for (const mpeAddress of ['0xe9D09a6C296aCdd4c01b21f407ac93fdfC63E78C', '', `${mpe}00`]) {
    const refused = {
      code: 'PROVENDER_INVALID',
      message: `the mpeAddress: ${mpeAddress} passed does not match to what has been registered`,
    };
    const channelId = uint256Bytes(1n);
    await assert.rejects(world.claims.listUnclaimed({ mpeAddress, currentBlock, signature }), refused);
    await assert.rejects(world.claims.listInProgress({ mpeAddress, currentBlock, signature }), refused);
    await assert.rejects(world.claims.start({ mpeAddress, channelId, signature }), refused);
    const many = { mpeAddress, channelIds: [1n], currentBlock, signature };
    await assert.rejects(world.claims.startMany(many), refused);
  }
});

test('lists and claims of several channels are refused outside 5 blocks around the latest, and let in inside', async () => {
  await evm.calls.mine(10);
  await world.caughtUp();
  const channelId = await paidChannel();
  const latest = world.chain.currentBlock();
  for (const block of [latest - 6n, latest + 6n, 0n, 2n ** 64n - 1n]) {
    await assert.rejects(world.unclaimed(block), expired);
    await assert.rejects(world.inProgress(block), expired);
    await assert.rejects(world.startMany([channelId], block), expired);
  }
  for (const block of [latest - 5n, latest, latest + 5n]) {
    await world.unclaimed(block);
    await world.inProgress(block);
  }
  assert.equal((await world.startMany([channelId], latest - 5n)).payments.length, 1);
});

test('who is not the provider is refused with his own address, and a signature that is none too', async () => {
  const { mpe } = world.policy;
  const channelId = await paidChannel();
  const currentBlock = world.chain.currentBlock();
  const { address, privateKey } = evm.client;
  const other = {
    code: 'PROVENDER_UNPAID',
    message: `the address: ${checksumAddress(address)} does not match to what has been expected / registered`,
  };
  const none = { code: 'PROVENDER_UNPAID', message: 'incorrect signature' };
  const [unclaimed, inProgress] = [listUnclaimedMessage, listInProgressMessage].map((of) =>
    of(mpe, currentBlock),
  );
  const [one, many] = [
    startClaimMessage(mpe, channelId, 0n),
    startClaimsMessage(mpe, [channelId], currentBlock),
  ];
  const requests = (sign: (message: Uint8Array) => Uint8Array): (() => Promise<unknown>)[] => {
    const signed = (message: Uint8Array | undefined): { mpeAddress: string; signature: Uint8Array } => ({
      mpeAddress: mpe,
      signature: sign(message ?? new Uint8Array()),
    });
    return [
      () => world.claims.listUnclaimed({ ...signed(unclaimed), currentBlock }),
      () => world.claims.listInProgress({ ...signed(inProgress), currentBlock }),
      () => world.claims.start({ ...signed(one), channelId: uint256Bytes(channelId) }),
      () => world.claims.startMany({ ...signed(many), channelIds: [channelId], currentBlock }),
    ];
  };
  for (const request of requests((message) => signMessage(message, privateKey)))
    await assert.rejects(request(), other);
  for (const request of requests(() => new Uint8Array(64))) await assert.rejects(request(), none);
  for (const request of requests(() => new Uint8Array())) await assert.rejects(request(), none);
  const swapped = world.signed(listUnclaimedMessage(mpe, currentBlock));
  const refused = { code: 'PROVENDER_UNPAID', message: /^the address: 0x/ };
  await assert.rejects(
    world.claims.listInProgress({ mpeAddress: mpe, currentBlock, signature: swapped }),
    refused,
  );
  assert.equal((await readHeldChannel(world, channelId)).claim, undefined);
});

test('a channel that nobody knows never passes, whoever signs; nor does an id of another form', async () => {
  for (const signature of [world.signed(new Uint8Array()), new Uint8Array(65), new Uint8Array()]) {
    const { mpe: mpeAddress } = world.policy;
    await assert.rejects(world.claims.start({ mpeAddress, channelId: uint256Bytes(777n), signature }), {
      code: 'PROVENDER_NOT_FOUND',
      message: 'channel Id 777 was not found on blockchain or storage',
    });
    for (const size of [0, 33])
      await assert.rejects(world.claims.start({ mpeAddress, channelId: new Uint8Array(size), signature }), {
        code: 'PROVENDER_INVALID',
      });
  }
  await assert.rejects(world.startMany([777n]), { code: 'PROVENDER_NOT_FOUND' });
  assert.equal((await readHeldChannel(world, 777n)).claimRecord, undefined);
});

test('where nothing was signed there is nothing to claim, with and without a record', async () => {
  const channelId = await evm.open();
  const nothing = {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `authorized amount is zero , hence nothing to claim on the channel Id: ${channelId}`,
  };
  await assert.rejects(world.start(channelId, 0n), nothing);
  await world.pay(channelId, 0n);
  await assert.rejects(world.start(channelId, 0n), nothing);
  assert.ok((await world.unclaimed()).every((one) => one.channelId !== channelId));
});

test('a claim that is asked for again with the same signature is refused, at once and after the next payment', async () => {
  const channelId = await paidChannel();
  await world.start(channelId, 0n);
  const replayed = { code: 'PROVENDER_UNPAID', message: /^the address: 0x.* does not match/ };
  await assert.rejects(world.start(channelId, 0n), replayed);
  await world.pay(channelId, 3n);
  await assert.rejects(world.start(channelId, 0n), replayed);
  await assert.rejects(world.start(channelId, 1n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `claim on channel: {ID: ${channelId}} is already in progress`,
  });
});

test('of claims that are asked for at the same time exactly one is started', async () => {
  const channelId = await paidChannel();
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => world.start(channelId, 0n)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results)
    if (result.status === 'rejected')
      assert.ok(
        ['PROVENDER_CHANNEL_BUSY', 'PROVENDER_CONFLICT', 'PROVENDER_UNPAID'].includes(result.reason.code),
      );
  const { stored, claim } = await readHeldChannel(world, channelId);
  assert.deepEqual([stored?.nonce, stored?.authorizedAmount, claim?.nonce, claim?.amount], [1n, 0n, 0n, 5n]);
});

test('a call that has the channel keeps it: no claim is started until its lock is gone', async () => {
  const channelId = await paidChannel();
  const key = world.keys.lock(channelId);
  const ids = { life: new Uint8Array(16), op: new Uint8Array(16) };
  const value = encodeLock({ replica: 2, ...ids, method: 'SetShare', startedUnixMs: 0 });
  await world.state.txn({ then: [{ put: key, value }] });
  const before = await readHeldChannel(world, channelId);
  await assert.rejects(world.start(channelId, 0n), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: `another transaction on channel: {ID: ${channelId}} is in progress`,
  });
  assert.deepEqual(await readHeldChannel(world, channelId), before);
  await world.state.txn({ then: [{ delete: key }] });
  assert.equal((await world.start(channelId, 0n)).amount, 5n);
});

test('several claims are started in the order of the request up to the first that fails', async () => {
  const [a, b, c] = [await paidChannel(1n), await paidChannel(2n), await paidChannel(3n)];
  const unpaid = await evm.open();
  const { payments, failure } = await world.startMany([c, a, unpaid, b]);
  assert.deepEqual(
    payments.map(({ channelId, amount }) => [channelId, amount]),
    [
      [c, 3n],
      [a, 1n],
    ],
  );
  assert.equal(failure?.code, 'PROVENDER_CHANNEL_BUSY');
  assert.match(failure.message, /amount is zero/);
  assert.equal((await readHeldChannel(world, b)).claim, undefined);
  await assert.rejects(world.startMany([unpaid, b]), {
    code: 'PROVENDER_CHANNEL_BUSY',
    message: /amount is zero/,
  });
  assert.deepEqual(await world.startMany([]), { payments: [] });
  await assert.rejects(world.startMany([b, c, b]), { code: 'PROVENDER_INVALID', message: /is there twice/ });
  const rest = await world.startMany([b]);
  assert.deepEqual([rest.payments.length, rest.failure], [1, undefined]);
});
