import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import { encodeChannel } from '../../src/payments/records/channel-record.ts';
import { encodePaidMark } from '../../src/payments/records/paid-mark.ts';
import { Background } from '../../src/payments/replica/background.ts';
import { Operations } from '../../src/payments/replica/operations.ts';
import { Reaper } from '../../src/payments/replica/reaper.ts';
import { ChannelLock } from '../../src/payments/transaction/channel-lock.ts';
import { Commit } from '../../src/payments/transaction/commit.ts';
import { PaidUploads } from '../../src/payments/transaction/paid-uploads.ts';
import type { PaymentParts } from '../../src/payments/transaction/payment-parts.ts';
import { Life } from '../../src/payments/replica/life.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { aRecord, filled, GROUP, MPE, POLICY } from '../support/payment-fixtures.ts';
import { ALL_LIFE_RULES, type LifeScenario } from '../support/payment-model/life-rules.ts';
import { type UnclearCommit, unclearCommits, type Writer } from '../support/payment-model/unclear-commits.ts';
import { REAL_CLOCK, STILL_CHAIN } from '../support/payment-replica/settings.ts';
import { aMark } from '../support/payment-world.ts';
import { openScratch } from '../support/scratch.ts';

// Everything that a commit without a clear answer can find in the model is made in a real store, and src/payments/transaction/commit.ts has to decide it as
// the model does. So the two cannot drift apart.

const CHANNEL = 42n;
const OWN_OP = filled(16, 0xaa);
const MARK = aMark(1);
const call = (replica: number, amount: number, upload: boolean) => ({ replica, nonce: 0, amount, upload });

const SCENARIO: LifeScenario = {
  name: 'all that commits find',
  calls: [call(0, 1, true), call(1, 1, false), call(1, 2, false)],
  replicas: 2,
  kills: 0,
  expiries: 1,
  unlocks: 1,
  sends: 1,
  claim: true,
  rules: ALL_LIFE_RULES,
};
/** The same with requests that are sent again: locks that come late. */
const AGAIN: LifeScenario = {
  ...SCENARIO,
  calls: [call(0, 1, true), call(1, 1, false)],
  sends: 2,
  expiries: 0,
};

/** The parts of a replica over a store of its own. */
async function partsOf(state: LevelStateStore): Promise<PaymentParts & { readonly life: Life }> {
  const keys = new PaymentKeys({ network: 'test', organization: 'org', groupId: GROUP, mpe: MPE });
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const own = { replica: 1, lockTtlMs: 60_000, random, clock: REAL_CLOCK, ownKeys: new Set<string>() };
  const life = await Life.begin({ state, keys, ...own });
  const events = {};
  const background = new Background({ clock: REAL_CLOCK, events });
  const operations = new Operations();
  const staged = { publish: () => Promise.resolve(), drop: () => Promise.resolve() };
  const uploads = new PaidUploads({ state, keys, staged, background });
  const reaper = new Reaper({ state, keys, isOwnLife: () => true, operations, background, events });
  const shared = { state, keys, chain: STILL_CHAIN, policy: POLICY, schedule: 1, replica: 1 };
  return { ...shared, life, uploads, operations, reaper, background, clock: REAL_CLOCK, events };
}

/** Makes what a commit finds, and lets the code decide. */
async function decided(parts: PaymentParts & { readonly life: Life }, found: UnclearCommit): Promise<string> {
  const { state, keys } = parts;
  const [channel, lock] = [keys.channel(CHANNEL), keys.lock(CHANNEL)];
  await state.txn({ then: [{ delete: channel }, { delete: lock }, { delete: keys.paid(OWN_OP) }] });
  const put = (writer: Writer, amount: number): Promise<unknown> => {
    const op = writer === 'own' ? OWN_OP : new Uint8Array(randomBytes(16));
    const authorizedAmount = writer === 'claim' ? 0n : BigInt(amount);
    return state.txn({ then: [{ put: channel, value: encodeChannel(aRecord({ op, authorizedAmount })) }] });
  };
  for (let i = 0; i < found.before; i++) await put('other', i + 1);
  const held = { channel: await state.get(channel), claim: undefined };
  const { revision: createRevision } = await state.txn({ then: [{ put: lock, value: filled(1, 1) }] });
  const owner = { channelId: CHANNEL, op: OWN_OP, method: 'SetShare', life: parts.life };
  const mine = new ChannelLock(parts, owner, { createRevision, held, isClear: false });
  for (const [i, writer] of found.since.entries()) await put(writer, found.before + i + 1);
  if (found.lock !== 'mine') await state.txn({ then: [{ delete: lock }] });
  if (found.lock === 'late' || found.lock === 'other')
    await state.txn({ then: [{ put: lock, value: filled(1, found.lock === 'late' ? 1 : 2) }] });
  if (found.mark !== 'none') {
    const value = encodePaidMark(found.mark === 'paid' ? MARK : 'drop');
    await state.txn({ then: [{ put: keys.paid(OWN_OP), value }] });
  }
  const record = aRecord({ op: OWN_OP, authorizedAmount: BigInt(found.before + 1) });
  const mark = found.upload ? MARK : undefined;
  const fate = await new Commit(parts, { lock: mine, record, lost: undefined, mark }).decide();
  return fate === undefined
    ? 'send again'
    : fate.is === 'applied'
      ? 'applied'
      : `not ${fate.is === 'refused' ? 'applied' : 'known'}`;
}

for (const scenario of [SCENARIO, AGAIN])
  test(`the code decides each unclear commit as the model does, requests sent ${scenario.sends} times`, async (t) => {
    await using scratch = await openScratch();
    await using state = await LevelStateStore.open({ directory: scratch.path });
    const parts = await partsOf(state);
    const commits = unclearCommits(scenario);
    const verdicts = new Set(commits.map(({ verdict }) => verdict));
    t.diagnostic(
      `${commits.length} situations, ${commits.filter(({ since }) => since.length > 1).length} with later versions`,
    );
    assert.deepEqual([...verdicts].toSorted(), ['applied', 'not applied', 'send again']);
    for (const found of commits)
      assert.equal(await decided(parts, found), found.verdict, JSON.stringify(found));
    await parts.background.close(0);
    await parts.life.lease.close();
  });
