import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { readEnded, readHeldChannel } from '../../../src/payments/held-records.ts';
import type { StateStore, StateTxn, StateTxnResult } from '../../../src/state/state-store.ts';
import { ClaimsWorld } from '../../support/claims-world.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

/** What a transaction that writes meets. */
type Fault = 'applied, unanswered' | 'not applied, unanswered' | 'unavailable';

let evm: Evm;
let world: ClaimsWorld;
let faults: Fault[] = [];
before(async () => {
  evm = await startEvm();
  world = await ClaimsWorld.open(evm, withFaults);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await evm.close();
});

/** A store whose writes meet the faults that are due, as those of etcd do. */
function withFaults(state: StateStore): StateStore {
  const txn = async (request: StateTxn): Promise<StateTxnResult> => {
    const fault = request.compare === undefined ? undefined : faults.shift();
    if (fault === undefined) return state.txn(request);
    if (fault === 'unavailable') throw new ProvenderError('PROVENDER_UNAVAILABLE', 'no quorum');
    if (fault === 'applied, unanswered') await state.txn(request);
    throw new ProvenderError('PROVENDER_AMBIGUOUS', 'no answer in time');
  };
  return {
    get: (key, options) => state.get(key, options),
    range: (prefix, query, options) => state.range(prefix, query, options),
    txn,
    grantLease: (ttlMs, options) => state.grantLease(ttlMs, options),
    revokeLease: (name, options) => state.revokeLease(name, options),
    watch: (prefix, query, options) => state.watch(prefix, query, options),
    close: () => state.close(),
    [Symbol.asyncDispose]: () => state.close(),
  };
}

async function paidChannel(): Promise<bigint> {
  const channelId = await evm.open();
  await world.pay(channelId, 5n);
  return channelId;
}

for (const due of [
  ['applied, unanswered'],
  ['not applied, unanswered'],
  ['not applied, unanswered', 'applied, unanswered'],
] satisfies Fault[][]) {
  test(`a start that is ${due.join(', then ')} is one claim, and is answered with it`, async () => {
    const channelId = await paidChannel();
    world.told.length = 0;
    faults = [...due];
    const { nonce, amount } = await world.start(channelId, 0n);
    assert.deepEqual([nonce, amount], [0n, 5n]);
    const { stored, claim } = await readHeldChannel(world, channelId);
    assert.deepEqual(
      [stored?.nonce, stored?.authorizedAmount, claim?.nonce, claim?.amount],
      [1n, 0n, 0n, 5n],
    );
    assert.deepEqual(world.told, [`started ${channelId}/0 5`]);
  });
}

test('a start that is never answered is said to be unclear, and the list of claims tells what came of it', async () => {
  const channelId = await paidChannel();
  faults = ['not applied, unanswered', 'unavailable', 'applied, unanswered'];
  await assert.rejects(world.start(channelId, 0n), { code: 'PROVENDER_AMBIGUOUS' });
  const listed = (await world.inProgress()).filter((one) => one.channelId === channelId);
  assert.equal(listed[0]?.amount, 5n);
});

test('a start that the store refuses has started nothing', async () => {
  const channelId = await paidChannel();
  faults = ['unavailable'];
  await assert.rejects(world.start(channelId, 0n), { code: 'PROVENDER_UNAVAILABLE' });
  const { stored, claim } = await readHeldChannel(world, channelId);
  assert.deepEqual([stored?.nonce, stored?.authorizedAmount, claim], [0n, 5n, undefined]);
  assert.equal((await world.start(channelId, 0n)).amount, 5n);
});

for (const fault of ['applied, unanswered', 'not applied, unanswered', 'unavailable'] satisfies Fault[]) {
  test(`a finish that is ${fault} ends the claim once, now or at the next look`, async () => {
    const channelId = await paidChannel();
    // What other tests have left is over by now.
    await world.settle(await world.inProgress());
    await world.inProgress();
    await world.settle([await world.start(channelId, 0n)]);
    world.told.length = 0;
    faults = [fault];
    await world.inProgress();
    await world.inProgress();
    assert.deepEqual(
      (await readEnded(world, channelId)).map(({ nonce, outcome }) => [nonce, outcome]),
      [[0n, 'paid']],
    );
    assert.equal((await readHeldChannel(world, channelId)).claim, undefined);
    assert.deepEqual(
      world.told.filter((text) => text.startsWith('ended')),
      [`ended ${channelId}/0 paid`],
    );
  });
}
