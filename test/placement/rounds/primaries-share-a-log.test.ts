import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, type ProvenderError } from '../../../src/content/provender-error.ts';
import { Chain } from '../../../src/placement/rounds/chain.ts';
import { decodeRound } from '../../../src/placement/rounds/round.ts';
import { StateRoundLog } from '../../../src/placement/rounds/state-round-log.ts';
import { roundKey } from '../../../src/placement/rounds/stored-rounds.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import { RoundMaker, startProposer } from '../../support/rounds-world.ts';
import { openScratch } from '../../support/scratch.ts';
import { codeOf } from '../../support/store-reading.ts';
import {
  announceRecord,
  factsOf,
  registerRecord,
  testNetwork,
  testNode,
} from '../../support/test-network.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const founders = [testNode('storer 0'), testNode('storer 1')] as const;
const NETWORK = testNetwork(3, {
  primaries: founders.map(({ storerKey }, i) => ({ storerKey, address: `127.0.0.1:${7411 + i}` })),
});
const { genesis, name } = NETWORK;
const [one, two] = founders;

async function openWorld() {
  const scratch = await openScratch();
  const store = await LevelStateStore.open({ directory: scratch.at('state') });
  return {
    store,
    scratch,
    async [Symbol.asyncDispose]() {
      await store.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** Replays what is in a log with all checks: no gap, no fork. */
async function assertWholeLog(log: StateRoundLog): Promise<Chain> {
  const chain = Chain.from(genesis);
  for (let r = 1n; r <= log.head().number; r++) chain.next((await log.get(r)).bytes);
  assert.deepEqual(log.head().hash, chain.head.hash);
  return chain;
}

test('a log starts with the genesis, and is the same after a reopening', async () => {
  await using world = await openWorld();
  const log = await StateRoundLog.open({ store: world.store, genesis });
  assert.deepEqual((await log.get(0n)).bytes, genesis.round);
  assert.equal(await codeOf(log.get(1n)), 'PROVENDER_NOT_FOUND');
  const maker = new RoundMaker(NETWORK);
  for (let i = 0; i < 3; i++) {
    const round = maker.add();
    assert.deepEqual((await log.append(round, log.head())).bytes, round);
  }
  assert.equal((await log.registryAt(0n)).leafCount, 3);
  assert.equal(await codeOf(log.registryAt(99n)), 'PROVENDER_NOT_FOUND');
  const head = log.head();
  await log.close();
  assert.equal(await codeOf(log.get(1n)), 'PROVENDER_CLOSED');
  await using again = await StateRoundLog.open({ store: world.store, genesis });
  assert.deepEqual(again.head(), head);
  const followed: bigint[] = [];
  for await (const { number } of again.follow(1n)) {
    followed.push(number);
    if (number === 3n) break;
  }
  assert.deepEqual(followed, [1n, 2n, 3n]);
});

test('a round for another head is a conflict, one that lies is refused, and neither is written', async () => {
  await using world = await openWorld();
  await using log = await StateRoundLog.open({ store: world.store, genesis });
  const maker = new RoundMaker(NETWORK);
  const first = log.head();
  await log.append(maker.add(), first);
  assert.equal(await codeOf(log.append(maker.add(), first)), 'PROVENDER_CONFLICT');
  const liar = new RoundMaker(NETWORK);
  liar.take((await log.get(1n)).bytes);
  const lie = liar.lie({ seed: new Uint8Array(32) });
  assert.equal(await codeOf(log.append(lie, log.head())), 'PROVENDER_INVALID');
  assert.equal(log.head().number, 1n);
  assert.equal(await world.store.get(roundKey(2n)), undefined);
});

test('another genesis, a damaged round and a missing one are told at the open', async () => {
  await using world = await openWorld();
  const { store } = world;
  const log = await StateRoundLog.open({ store, genesis });
  const maker = new RoundMaker(NETWORK);
  for (let i = 0; i < 3; i++) await log.append(maker.add(), log.head());
  await log.close();
  const other = testNetwork(3, { name: 'another network' });
  assert.equal(await codeOf(StateRoundLog.open({ store, genesis: other.genesis })), 'PROVENDER_CONFIG');
  const round = maker.rounds[2]?.slice() ?? new Uint8Array();
  const changed = round.slice();
  changed[round.length - 100] = (changed[round.length - 100] ?? 0) ^ 1;
  await store.txn({ then: [{ put: roundKey(2n), value: changed }] });
  assert.equal(await codeOf(StateRoundLog.open({ store, genesis })), 'PROVENDER_CORRUPT');
  await store.txn({ then: [{ delete: roundKey(2n) }] });
  assert.equal(await codeOf(StateRoundLog.open({ store, genesis })), 'PROVENDER_CORRUPT');
  await store.txn({ then: [{ put: roundKey(2n), value: round }, { delete: roundKey(3n) }] });
  assert.equal(await codeOf(StateRoundLog.open({ store, genesis })), 'PROVENDER_CORRUPT');
});

test('rounds come when records wait, behind an Announce, and else after ten intervals', async () => {
  await using world = await openWorld();
  await using log = await StateRoundLog.open({ store: world.store, genesis });
  const clock = new VirtualClock();
  await using _ = startProposer(log, { node: one, clock });
  const times: [bigint, number][] = [];
  const step = async (round: bigint): Promise<void> => {
    await clock.untilSleeping(1);
    await until(`round ${round}`, async () => {
      if (log.head().number < round) await clock.advance(100);
      return log.head().number === round;
    });
    times.push([round, clock.now()]);
  };
  await step(1n); // it looks once at what an earlier process may have left
  await step(2n);
  await log.submit(announceRecord(one, name, { facts: factsOf('a') }));
  await step(3n);
  await step(4n);
  await step(5n);
  const gaps = times.slice(1).map(([, at], i) => at - (times[i]?.[1] ?? 0));
  assert.deepEqual(
    gaps.map((gap) => (gap > 5000 ? 'idle' : 'soon')),
    ['idle', 'soon', 'soon', 'idle'],
    String(gaps),
  );
  assert.equal(decodeRound((await log.get(3n)).bytes).records.length, 1);
  assert.deepEqual(await log.pending(), []);
});

test('a record that fits no more is dropped with its reason', async () => {
  await using world = await openWorld();
  await using log = await StateRoundLog.open({ store: world.store, genesis });
  // both fit when they are handed in; the second has the nonce of the first
  const records = ['a', 'b'].map((file) => announceRecord(one, name, { facts: factsOf(file) }));
  for (const record of records) await log.submit(record);
  assert.equal((await log.pending()).length, 2);
  const reasons: ProvenderError[] = [];
  const clock = new VirtualClock();
  const events = { dropped: (_: Uint8Array, reason: ProvenderError) => void reasons.push(reason) };
  await using _ = startProposer(log, { node: one, clock, events });
  await clock.untilSleeping(1);
  await clock.advance(1000);
  await until('one is dropped', async () => reasons.length === 1 && (await log.pending()).length === 0);
  assert.ok(isProvenderError(reasons[0]));
  assert.equal(decodeRound((await log.get(1n)).bytes).records.length, 1);
  const [refused] = records;
  assert.ok(refused);
  assert.notEqual(await codeOf(log.submit(refused)), 'none');
});

test('two proposers on one store race, and the log has no gap nor fork', async () => {
  await using world = await openWorld();
  const { store } = world;
  const clock = new VirtualClock();
  const logs = [await StateRoundLog.open({ store, genesis }), await StateRoundLog.open({ store, genesis })];
  const troubles: unknown[] = [];
  const events = { trouble: (_: string, error: unknown) => void troubles.push(error) };
  const proposers = founders.map((node, i) => {
    const log = logs[i];
    assert.ok(log);
    return startProposer(log, { node, clock, events });
  });
  for (let i = 1; i <= 30; i++) {
    const log = logs[i % 2];
    const node = founders[i % 2];
    assert.ok(log && node);
    // each primary hands in at its own log; either of them may append it
    await log.submit(announceRecord(node, name, { facts: factsOf(`file ${i}`), nonce: BigInt(i) }));
    await clock.untilSleeping(1);
    const before = log.head().number;
    await until('a round', async () => {
      await clock.advance(250);
      return log.head().number > before && (await log.pending()).length === 0;
    });
  }
  for (const proposer of proposers) await proposer.close();
  for (const log of logs) {
    await log.catchUp();
    assert.equal(log.fault(), undefined);
    await assertWholeLog(log);
  }
  assert.deepEqual(logs[0]?.head(), logs[1]?.head());
  assert.deepEqual(troubles, []);
  const announced = new Set<string>();
  for (let r = 1n; r <= (logs[0]?.head().number ?? 0n); r++) {
    const { records } = decodeRound((await logs[0]?.get(r))?.bytes ?? new Uint8Array());
    for (const record of records) announced.add(Buffer.from(record).toString('hex'));
  }
  assert.equal(announced.size, 30);
  for (const log of logs) await log.close();
});

test('records that wait survive a restart, and a new node counts after its round', async () => {
  await using world = await openWorld();
  const log = await StateRoundLog.open({ store: world.store, genesis });
  const newcomer = testNode('newcomer');
  await log.submit(registerRecord(newcomer, name));
  await log.submit(registerRecord(newcomer, name));
  await log.close();
  await using again = await StateRoundLog.open({ store: world.store, genesis });
  assert.equal((await again.pending()).length, 1);
  const clock = new VirtualClock();
  await using _ = startProposer(again, { node: two, clock });
  await clock.untilSleeping(1);
  await clock.advance(1000);
  await until('the round', () => again.head().number === 1n);
  assert.ok(again.chain.registry.node(newcomer.storerKey));
});
