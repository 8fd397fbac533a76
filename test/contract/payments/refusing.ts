import assert from 'node:assert/strict';
import { anAddress, aPayment, filled, STRANGER_KEY, VIEW } from '../../support/payment-fixtures.ts';
import { aCall, pay, paying, started, type WorldReplica } from '../../support/payment-world.ts';
import type { Behaviour } from './harness.ts';

/** Payments that are refused, and what that costs. @see payment-channels.md, sections 6 and 12 */
export function refusals(behaviour: Behaviour, badCalls: number): void {
  badSignatures(behaviour, badCalls);
  theChain(behaviour);
  storedRecords(behaviour);
}

function badSignatures(behaviour: Behaviour, badCalls: number): void {
  behaviour(
    `${badCalls} calls with bad signatures cause no write and one read of the chain (security test 20)`,
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 10n);
      const before = await world.store.txn({});
      for (let calls = 0; calls < badCalls; calls += 100)
        await Promise.all(Array.from({ length: 100 }, (_, call) => refusedSignature(replica, call)));
      assert.equal((await world.store.txn({})).revision, before.revision);
      assert.equal(replica.chain.reads, 1);
    },
  );

  behaviour(
    'with a bad signature the first step that fails is told: busy, absent, group, nonce',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const refused = async (replica: WorldReplica, fields: object, told: object): Promise<void> => {
        const payment = { ...stranger(10n), ...fields };
        await assert.rejects(
          replica.payments.run(payment, aCall(), async () => undefined),
          told,
        );
      };
      const tx = await started(one, 10n);
      await refused(two, {}, { code: 'PROVENDER_CHANNEL_BUSY' });
      await tx.rollback();
      await refused(two, { nonce: 6n }, { code: 'PROVENDER_NONCE' });
      await refused(two, {}, { message: NOT_SIGNED });
      await refused(two, { channelId: 43n }, { message: 'payment channel "{ID: 43}" not found' });
      two.chain.put({ ...VIEW, channelId: 44n, groupId: filled(32, 1) });
      await refused(
        two,
        { channelId: 44n, signature: filled(65, 9) },
        { message: /another group of replicas/ },
      );
      two.state.faults = () => 'refused';
      await refused(two, {}, { message: 'cannot get mutex for channel: {ID: 42}' });
    },
  );
}

function theChain(behaviour: Behaviour): void {
  behaviour(
    'without the chain calls go on while the view is valid, and no longer (security test 5)',
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 10n);
      replica.chain.isDown = true;
      await pay(replica, 20n);
      replica.chain.expireCache();
      const down = { code: 'PROVENDER_CHANNEL', message: 'payment channel error: the chain does not answer' };
      await assert.rejects(pay(replica, 30n), down);
      assert.equal(await world.isLocked(), false);
      replica.chain.isDown = false;
      await pay(replica, 30n);
      replica.chain.block = 0n;
      await assert.rejects(pay(replica, 40n), { message: 'cannot determine current block' });
    },
  );

  behaviour(
    'a foreign group or recipient is refused on every call, also after the address has changed (security test 6)',
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 10n);
      const moved = await world.replica(2, { policy: { ...POLICY_OF_OTHERS } });
      await assert.rejects(pay(moved, 20n), { code: 'PROVENDER_CHANNEL', message: /recipient Address/ });
      await assert.rejects(pay(moved, 20n), { code: 'PROVENDER_CHANNEL', message: /recipient Address/ });
      await pay(replica, 20n);
    },
  );

  behaviour('a channel that was timed out is refused (security test 7)', async (world) => {
    const replica = await world.replica(1);
    await pay(replica, 10n);
    replica.chain.change(VIEW.channelId, { nonce: 6n, value: 0n, expiration: 0n });
    replica.chain.block = VIEW.expiration;
    await assert.rejects(pay(replica, 20n), { code: 'PROVENDER_NONCE' });
    const onNext = { ...aPayment({ nonce: 6n, amount: 10n }) };
    await assert.rejects(
      replica.payments.run(onNext, aCall(), async () => undefined),
      {
        message: /^payment channel is near to be expired, expiration time: 0/,
      },
    );
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });

  behaviour(
    'before a cached view refuses, the chain is read: more tokens, a later end, the next nonce',
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 990n, aCall({ price: 990n }));
      replica.chain.change(VIEW.channelId, { value: 2000n });
      await pay(replica, 1010n, aCall({ price: 20n }));
      replica.chain.change(VIEW.channelId, { expiration: 200_000n });
      replica.chain.block = 150_000n;
      await pay(replica, 1020n);
      assert.equal(replica.chain.reads, 3);
      replica.chain.block = 199_880n;
      await pay(replica, 1030n);
      assert.equal(replica.chain.reads, 4, 'near the threshold a cached view does not even accept');
      replica.chain.isDown = true;
      await assert.rejects(pay(replica, 5000n), { code: 'PROVENDER_CHANNEL' });
    },
  );
}

function storedRecords(behaviour: Behaviour): void {
  behaviour(
    'what was signed on a nonce that ended without a claim is kept by the next payment',
    async (world) => {
      const replica = await world.replica(1);
      const signed = paying(10n);
      await pay(replica, 10n);
      replica.chain.change(VIEW.channelId, { nonce: 6n, value: 500n });
      replica.chain.expireCache();
      await replica.payments.run(aPayment({ nonce: 6n, amount: 10n }), aCall(), async () => undefined);
      const [ended] = (await world.store.range(world.keys.endedOf(VIEW.channelId))).records;
      assert.equal(ended?.key, world.keys.ended(VIEW.channelId, 5n));
      const text = new TextDecoder().decode(ended.value);
      assert.ok(text.includes(Buffer.from(signed.signature).toString('hex')), text);
      assert.equal((await world.record())?.nonce, 6n);
    },
  );

  behaviour('a record that cannot be read refuses the call and stays', async (world) => {
    const replica = await world.replica(1);
    const value = new TextEncoder().encode('{"v":2,"t":"channel"}');
    await world.store.txn({ then: [{ put: world.keys.channel(VIEW.channelId), value }] });
    await assert.rejects(pay(replica, 10n), {
      code: 'PROVENDER_CHANNEL',
      message: /^payment channel error: /,
    });
    assert.equal(await world.isLocked(), false);
    assert.deepEqual((await world.store.get(world.keys.channel(VIEW.channelId)))?.value, value);
  });
}

/** One of a hundred is well-formed, and somebody else's. */
async function refusedSignature({ payments }: WorldReplica, call: number): Promise<void> {
  const isOfStranger = call === 0;
  const signature = filled(65, 2 + (call % 20));
  const payment = isOfStranger ? stranger(20n) : { ...paying20, signature };
  await assert.rejects(
    payments.run(payment, aCall(), async () => undefined),
    {
      code: 'PROVENDER_UNPAID',
      message: isOfStranger ? NOT_SIGNED : 'payment signature is not valid',
    },
  );
}

const NOT_SIGNED = 'payment is not signed by channel signer/sender';
const stranger = (amount: bigint) => aPayment({ amount }, STRANGER_KEY);
const paying20 = paying(20n);
const POLICY_OF_OTHERS = {
  mpe: anAddress(0xee),
  paymentAddress: anAddress(0xbb),
  groupId: filled(32, 0x77),
  expirationThreshold: 100n,
};
