import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readEnded, readHeldChannel } from '../../../src/payments/held-records.ts';
import { encodeChannel } from '../../../src/payments/records/channel-record.ts';
import { encodeClaim } from '../../../src/payments/records/claim-record.ts';
import { encodeEnded } from '../../../src/payments/records/ended-record.ts';
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

const signature = new Uint8Array(65).fill(9);

function put(key: string, value: Uint8Array): Promise<unknown> {
  return world.state.txn({ then: [{ put: key, value }] });
}

test('a claim whose channel is not on the chain, or cannot be read, hinders nobody and is not lost', async () => {
  const good = await evm.open();
  await world.pay(good, 10n);
  const started = await world.start(good, 0n);
  await world.settle([started]);
  const next = await evm.open();
  await world.pay(next, 20n);
  const vanished = 5_000n;
  await put(world.keys.claim(vanished), encodeClaim({ nonce: 0n, amount: 1n, signature, startBlock: 1n }));
  await put(world.keys.claim(5_001n), new TextEncoder().encode('{"v":2,"t":"claim"}'));
  await put(world.keys.ended(5_002n, 0n), new Uint8Array([1, 2, 3]));
  await put(world.keys.channel(5_003n), new Uint8Array());
  world.told.length = 0;
  assert.equal((await world.start(next, 0n)).amount, 20n);
  assert.ok(world.told.includes(`failed ${vanished} channel {ID: ${vanished}} is not on the blockchain`));
  for (const id of [5_001n, 5_002n, 5_003n])
    assert.ok(world.told.some((text) => text.startsWith(`failed ${id} `)));
  assert.equal((await readEnded(world, good))[0]?.outcome, 'paid');
  assert.deepEqual(
    (await world.inProgress()).map(({ channelId, amount }) => [channelId, amount]),
    [
      [next, 20n],
      [vanished, 1n],
    ],
  );
  assert.deepEqual(await world.unclaimed(), []);
});

test('a claim of a channel that pays somebody else is listed and closed like any other', async () => {
  const other = await evm.account();
  const channelId = await evm.open({ recipient: other.address });
  const view = await world.chain.read(channelId);
  assert.ok(view !== undefined);
  const { sender, signer, recipient, groupId, expiration, value: fullAmount } = view;
  const parties = { sender, signer, recipient, groupId };
  const ids = { op: new Uint8Array(16), by: 1, schedule: 1, request: new Uint8Array(32), repeat: false };
  const record = { channelId, nonce: 1n, ...parties, fullAmount, expiration, authorizedAmount: 0n, ...ids };
  await put(world.keys.channel(channelId), encodeChannel(record));
  const own = world.sign({ channelId, nonce: 0n, amount: 6n });
  await put(
    world.keys.claim(channelId),
    encodeClaim({ nonce: 0n, amount: 6n, signature: own, startBlock: 1n }),
  );
  const free = await evm.open();
  await world.pay(free, 1n);
  assert.equal((await world.start(free, 0n)).amount, 1n);
  const listed = (await world.inProgress()).find((one) => one.channelId === channelId);
  assert.deepEqual(await world.settle(listed === undefined ? [] : [listed]), [
    {
      channelId,
      nonce: 0n,
      amount: 6n,
      is: 'failed',
      reason: `the key is of ${evm.provider.address}, the channel pays ${other.address}`,
    },
  ]);
  await evm.calls.claim(other, { channelId, amount: 6n, signature: own });
  await world.inProgress();
  assert.equal((await readEnded(world, channelId))[0]?.outcome, 'paid');
  assert.equal((await readHeldChannel(world, channelId)).claim, undefined);
});

test('an entry of a channel that is gone does not hinder the entries of others', async () => {
  const block = world.chain.currentBlock();
  const outcome = 'unknown' as const;
  await put(world.keys.ended(6_000n, 0n), encodeEnded({ nonce: 0n, amount: 1n, signature, outcome, block }));
  world.told.length = 0;
  await world.inProgress();
  assert.ok(world.told.some((text) => text.startsWith('failed 6000 ')));
});
