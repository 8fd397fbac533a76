import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listChannels, listLocks, unlock } from '../../src/payments/inspection.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { VIEW } from '../support/payment-fixtures.ts';
import { pay, PaymentWorld, started } from '../support/payment-world.ts';
import { openScratch } from '../support/scratch.ts';

async function openWorld(): Promise<PaymentWorld & AsyncDisposable> {
  const scratch = await openScratch();
  const store = await LevelStateStore.open({ directory: scratch.at('state') });
  return PaymentWorld.open({
    client: () => Promise.resolve(store),
    async [Symbol.asyncDispose]() {
      await store.close();
      await scratch[Symbol.asyncDispose]();
    },
  });
}

test('a lock is shown with its holder, whose life may have ended', async () => {
  await using world = await openWorld();
  const { store: state, keys } = world;
  assert.deepEqual(await listLocks({ state, keys }), []);
  const replica = await world.replica(3);
  const tx = await started(replica, 10n);
  const [lock] = await listLocks({ state, keys });
  assert.ok(lock);
  const { channelId, method, op, startedUnixMs, isHolderAlive } = lock;
  assert.deepEqual(
    { channelId, method, op, startedUnixMs, isHolderAlive, by: lock.replica },
    {
      channelId: VIEW.channelId,
      method: 'GetShare',
      op: tx.op,
      startedUnixMs: replica.clock.unixMs(),
      isHolderAlive: true,
      by: 3,
    },
  );
  await state.txn({ then: [{ delete: keys.life(lock.life) }] });
  assert.equal((await listLocks({ state, keys }))[0]?.isHolderAlive, false);
});

test('only the lock that was shown is taken away', async () => {
  await using world = await openWorld();
  const { store: state, keys } = world;
  const replica = await world.replica(1);
  const first = await started(replica, 10n);
  const [shown] = await listLocks({ state, keys });
  assert.ok(shown);
  await first.rollback();
  const second = await started(replica, 10n);
  assert.equal(await unlock({ state, keys }, shown), false);
  await second.commit();
  assert.equal((await world.record())?.authorizedAmount, 10n);
});

test('channels are listed by their ids', async () => {
  await using world = await openWorld();
  const { store: state, keys } = world;
  await pay(await world.replica(1), 10n);
  const found: bigint[] = [];
  for await (const { channelId, authorizedAmount } of listChannels({ state, keys }))
    found.push(channelId, authorizedAmount);
  assert.deepEqual(found, [VIEW.channelId, 10n]);
});
