import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { systemClock } from '../../../src/node/system-clock.ts';
import { ChannelPayments } from '../../../src/payments/channel-payments.ts';
import { ClaimsWorld } from '../../support/claims-world.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

const CHANNELS = 3;
const CALLS = 30;

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

/** A replica that takes payments over the records of the claims. */
function replicaOf(replica: number): Promise<ChannelPayments> {
  const { state, keys, chain, policy } = world;
  const price = { perCall: 1n, perKiB: 0n };
  return ChannelPayments.open({
    state,
    keys,
    chain,
    policy,
    replica,
    clock: systemClock,
    lockTtlMs: 10_000,
    schedule: { version: 1, default: price, methods: {} },
    staged: { publish: () => Promise.resolve(), drop: () => Promise.resolve() },
    random: (length) => new Uint8Array(randomBytes(length)),
  });
}

/** Pays calls of changing prices on both replicas, from what the state of the channel says where it was out of step. Gives what they cost. */
async function payCalls(channelId: bigint, replicas: readonly ChannelPayments[]): Promise<bigint> {
  let [nonce, amount, spent] = [0n, 0n, 0n];
  for (let i = 0; i < CALLS; ) {
    const price = BigInt(1 + (i % 3));
    const next = { channelId, nonce, amount: amount + price };
    const payment = { ...next, signature: world.sign(next) };
    const call = { method: 'GetShare', price, request: new Uint8Array(randomBytes(32)) };
    try {
      await replicas[i % replicas.length]?.run(payment, call, () => Promise.resolve());
      amount += price;
      spent += price;
      i++;
    } catch (error) {
      if (!isProvenderError(error)) throw error;
      if (['PROVENDER_CHANNEL_BUSY', 'PROVENDER_CONFLICT'].includes(error.code)) continue;
      assert.equal(error.code, 'PROVENDER_NONCE');
      const state = await world.channelState(channelId);
      [nonce, amount] = [state.currentNonce, state.currentSignedAmount ?? 0n];
    }
  }
  return spent;
}

/** Starts whatever can be claimed; what a call has just now is left for later. */
async function startAll(): Promise<void> {
  for (const { channelId, nonce } of await world.unclaimed()) {
    try {
      await world.start(channelId, nonce);
    } catch (error) {
      const isLater =
        isProvenderError(error, 'PROVENDER_CHANNEL_BUSY') || isProvenderError(error, 'PROVENDER_CONFLICT');
      if (!isLater) throw error;
    }
  }
}

test('while two replicas take payments, claims are started and settled: the provider gets what the calls cost, to the token', async () => {
  await using first = await replicaOf(1);
  await using second = await replicaOf(2);
  const channels = await Promise.all(Array.from({ length: CHANNELS }, () => evm.open()));
  let isPaying = true;
  const paying = Promise.all(channels.map((id) => payCalls(id, [first, second]))).finally(() => {
    isPaying = false;
  });
  const claiming = (async (): Promise<void> => {
    while (isPaying) {
      await startAll();
      const settled = await world.settle(await world.inProgress());
      assert.ok(settled.every(({ is }) => is === 'paid' || is === 'over'));
    }
  })();
  const [spent] = await Promise.all([paying, claiming]);
  await world.inProgress();
  await startAll();
  await world.settle(await world.inProgress());
  assert.deepEqual(await world.inProgress(), []);
  assert.deepEqual(await world.unclaimed(), []);
  const total = spent.reduce((sum, one) => sum + one, 0n);
  assert.equal(await evm.calls.balance(evm.provider.address), total);
  for (const [i, channelId] of channels.entries())
    assert.equal((await world.chain.read(channelId))?.value, 1_000n - (spent[i] ?? 0n));
});
