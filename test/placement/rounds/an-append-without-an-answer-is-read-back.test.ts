import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { StateRoundLog } from '../../../src/placement/rounds/state-round-log.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import type { StateStore, StateTxn, StateTxnResult } from '../../../src/state/state-store.ts';
import { RoundMaker, startProposer } from '../../support/rounds-world.ts';
import { openScratch } from '../../support/scratch.ts';
import { codeOf } from '../../support/store-reading.ts';
import { announceRecord, factsOf, testNetwork } from '../../support/test-network.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const NETWORK = testNetwork(2);
const { genesis, name, primary } = NETWORK;

/** What becomes of the next transaction whose answer is lost. */
type Lost = 'before' | 'after' | ((store: StateStore) => Promise<void>);

/** A store whose answers a test can lose, as a network does. */
class LossyStore implements StateStore {
  readonly #store: StateStore;
  lost: Lost[] = [];

  constructor(store: StateStore) {
    this.#store = store;
  }

  get: StateStore['get'] = (...args) => this.#store.get(...args);
  range: StateStore['range'] = (...args) => this.#store.range(...args);
  grantLease: StateStore['grantLease'] = (...args) => this.#store.grantLease(...args);
  revokeLease: StateStore['revokeLease'] = (...args) => this.#store.revokeLease(...args);
  watch: StateStore['watch'] = (...args) => this.#store.watch(...args);
  close = (): Promise<void> => this.#store.close();
  [Symbol.asyncDispose] = (): Promise<void> => this.#store.close();

  async txn(txn: StateTxn): Promise<StateTxnResult> {
    const lost = this.lost.shift();
    if (lost === undefined) return this.#store.txn(txn);
    if (lost === 'after') await this.#store.txn(txn);
    else if (lost !== 'before') await lost(this.#store);
    throw new ProvenderError('PROVENDER_AMBIGUOUS', 'no answer');
  }
}

async function openLossy() {
  const scratch = await openScratch();
  const store = await LevelStateStore.open({ directory: scratch.at('state') });
  const lossy = new LossyStore(store);
  const log = await StateRoundLog.open({ store: lossy, genesis });
  return {
    store,
    lossy,
    log,
    async [Symbol.asyncDispose]() {
      await log.close();
      await store.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

test('an append that landed is told as done', async () => {
  await using world = await openLossy();
  const maker = new RoundMaker(NETWORK);
  world.lossy.lost = ['after'];
  assert.equal((await world.log.append(maker.add(), world.log.head())).number, 1n);
  assert.deepEqual(world.log.head().hash, maker.chain.head.hash);
});

test('an append of which nothing is seen stays ambiguous, and may be repeated', async () => {
  await using world = await openLossy();
  const round = new RoundMaker(NETWORK).add();
  world.lossy.lost = ['before'];
  assert.equal(await codeOf(world.log.append(round, world.log.head())), 'PROVENDER_AMBIGUOUS');
  assert.equal(world.log.head().number, 0n);
  await world.log.append(round, world.log.head());
  assert.equal(world.log.head().number, 1n);
});

test('an append that another primary overtook is a conflict, and its round is taken', async () => {
  await using world = await openLossy();
  const [mine, theirs] = [new RoundMaker(NETWORK), new RoundMaker(NETWORK)];
  const other = theirs.lie({ unixMs: 77n });
  world.lossy.lost = [
    async (store) => {
      await using log = await StateRoundLog.open({ store, genesis });
      await log.append(other, log.head());
    },
  ];
  assert.equal(await codeOf(world.log.append(mine.add(), world.log.head())), 'PROVENDER_CONFLICT');
  assert.deepEqual((await world.log.get(1n)).bytes, other);
});

test('a proposer whose answers are lost goes on, and no record is twice or missing', async () => {
  await using world = await openLossy();
  const { log, lossy } = world;
  const clock = new VirtualClock();
  await using _ = startProposer(log, { node: primary, clock });
  for (let i = 1; i <= 6; i++) {
    await log.submit(announceRecord(primary, name, { facts: factsOf(`${i}`), nonce: BigInt(i) }));
    lossy.lost = [i % 2 === 0 ? 'before' : 'after'];
    await clock.untilSleeping(1);
    await until(`record ${i}`, async () => {
      await clock.advance(500);
      return log.chain.announceNonce(primary.storerKey) === BigInt(i) && (await log.pending()).length === 0;
    });
  }
  assert.equal(log.chain.openAnnounces().length, 6);
  assert.equal(log.fault(), undefined);
});

test('a round in the store that does not hold is a fault, and nothing is built on it', async () => {
  await using world = await openLossy();
  const { log, store } = world;
  const maker = new RoundMaker(NETWORK);
  const lie = maker.lie({ seed: new Uint8Array(32) });
  await store.txn({
    then: [
      { put: 'round/0000000000000001', value: lie },
      { put: 'round/head', value: new Uint8Array(40) },
    ],
  });
  await until('the fault', () => log.fault() !== undefined);
  assert.match(log.fault() ?? '', /round 1 of the state store does not hold/);
  assert.equal(await codeOf(log.append(maker.add(), log.head())), 'PROVENDER_CORRUPT');
  assert.equal(await codeOf(log.submit(new Uint8Array(10))), 'PROVENDER_CORRUPT');
});
