import assert from 'node:assert/strict';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { SIGNER, SENDER, VIEW } from '../../support/payment-fixtures.ts';
import { aCall, aMark, pay, paying, started } from '../../support/payment-world.ts';
import type { Behaviour } from './harness.ts';

/** Calls that nothing happens to. */
export function paidCalls(behaviour: Behaviour): void {
  behaviour(
    'a paid call takes two transactions and, in steady state, no read of the chain',
    async (world) => {
      const replica = await world.replica(1);
      await pay(replica, 10n);
      assert.equal(replica.chain.reads, 1, 'a channel that is seen first is read');
      replica.state.sent.length = 0;
      for (let amount = 20n; amount <= 100n; amount += 10n) await pay(replica, amount);
      assert.equal(replica.chain.reads, 1);
      assert.deepEqual(
        world.sent(replica),
        Array.from({ length: 9 }, () => ['lock', 'commit'] as const).flat(),
      );
      assert.equal((await world.record())?.authorizedAmount, 100n);
    },
  );

  behaviour('a commit writes the record of the channel and takes the lock away', async (world) => {
    const replica = await world.replica(3);
    const payment = paying(10n);
    const tx = await replica.payments.start(payment, aCall());
    assert.equal(await world.isLocked(), true);
    assert.equal(tx.sender, SENDER);
    assert.equal(tx.income, 10n);
    assert.equal(await world.record(), undefined);
    await tx.commit();
    assert.equal(await world.isLocked(), false);
    const { value: fullAmount, block: _, ...ofView } = VIEW;
    const { value: __, ...facts } = { ...ofView, value: 0n };
    assert.deepEqual(await world.record(), {
      ...facts,
      signer: SIGNER,
      fullAmount,
      authorizedAmount: 10n,
      signature: payment.signature,
      op: tx.op,
      by: 3,
      schedule: 7,
      request: aCall().request,
      repeat: false,
    });
  });

  behaviour('a call that fails before its commit is not paid, and another one may pay', async (world) => {
    const replica = await world.replica(1);
    const failure = new Error('the disk is gone');
    const run = replica.payments.run(paying(10n), aCall(), () => Promise.reject(failure));
    await assert.rejects(run, failure);
    assert.equal(await world.isLocked(), false);
    assert.equal(await world.record(), undefined);
    await pay(replica, 10n);
  });

  behaviour(
    'while a call runs, others on its channel are refused, on its replica without a round trip',
    async (world) => {
      const [one, two] = [await world.replica(1), await world.replica(2)];
      const tx = await started(one, 10n);
      one.state.sent.length = 0;
      const busy = {
        code: 'PROVENDER_CHANNEL_BUSY',
        message: 'another transaction on channel: {ID: 42} is in progress',
      };
      await assert.rejects(pay(one, 10n), busy);
      assert.deepEqual(world.sent(one), []);
      await assert.rejects(pay(two, 10n), busy);
      await tx.commit();
      await pay(two, 20n);
      assert.equal((await world.record())?.by, 2);
    },
  );

  behaviour('an upload puts its mark with the commit; published, it goes', async (world) => {
    const replica = await world.replica(1);
    await replica.payments.run(paying(10n), aCall(), async (tx) => {
      await tx.commit(aMark(1));
      assert.equal(await world.marks(), 1);
    });
    await world.until('the mark has gone', async () => (await world.marks()) === 0);
    assert.deepEqual(replica.witness.published, [], 'the call itself published');
  });

  behaviour('a call is free of charge where the price is 0, and is validated all the same', async (world) => {
    const replica = await world.replica(1);
    await pay(replica, 10n);
    const free = aCall({ price: 0n });
    await pay(replica, 10n, free);
    await assert.rejects(pay(replica, 20n, free), { message: 'income 10 does not equal to price 0' });
    assert.equal((await world.record())?.authorizedAmount, 10n);
  });

  behaviour(
    'one payment sent to three replicas at once is taken by exactly one (security test 17)',
    async (world) => {
      const replicas = [await world.replica(1), await world.replica(2), await world.replica(3)];
      const served: number[] = [];
      for (let amount = 10n; amount <= 50n; amount += 10n) {
        const answers = await Promise.allSettled(replicas.map((replica) => pay(replica, amount)));
        served.push(answers.filter(({ status }) => status === 'fulfilled').length);
        for (const answer of answers)
          if (answer.status === 'rejected') assert.ok(isRefusal(answer.reason), String(answer.reason));
      }
      assert.deepEqual(served, [1, 1, 1, 1, 1]);
      assert.equal((await world.record())?.authorizedAmount, 50n);
    },
  );

  behaviour(
    'another signature for the same amount is not a second payment (security test 19)',
    async (world) => {
      const replica = await world.replica(1);
      const payment = paying(10n);
      await replica.payments.run(payment, aCall(), async () => undefined);
      for (const signature of [withV(payment.signature, 54), withHighS(payment.signature)])
        await assert.rejects(
          replica.payments.run({ ...payment, signature }, aCall(), async () => undefined),
          { message: 'income 0 does not equal to price 10' },
        );
    },
  );

  behaviour('what is stored can be claimed as it stands, however v was sent', async (world) => {
    const replica = await world.replica(1);
    const payment = paying(10n);
    const signature = withV(payment.signature, 54);
    await replica.payments.run({ ...payment, signature }, aCall(), async () => undefined);
    assert.deepEqual((await world.record())?.signature, payment.signature);
  });
}

function isRefusal(error: unknown): boolean {
  return isProvenderError(error, 'PROVENDER_CHANNEL_BUSY') || isProvenderError(error, 'PROVENDER_UNPAID');
}

/** The same signature with another base of v. */
function withV(signature: Uint8Array, base: number): Uint8Array {
  const other = signature.slice();
  other[64] = base + (((signature[64] ?? 0) + 27) % 27);
  return other;
}

/** The other signature of the same key: s' = n - s, v flipped. */
function withHighS(signature: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString('hex')}`);
  const other = signature.slice();
  other.set(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'), 32);
  other[64] = signature[64] === 27 ? 28 : 27;
  return other;
}
