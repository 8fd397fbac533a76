import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProvenderError } from '../../../src/content/provender-error.ts';
import {
  FollowingRoundLog,
  type FollowingRoundLogOptions,
} from '../../../src/placement/rounds/following-round-log.ts';
import { roundHash } from '../../../src/placement/rounds/round.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import { MemoryRoundSource, RoundMaker } from '../../support/rounds-world.ts';
import { openScratch } from '../../support/scratch.ts';
import { codeOf } from '../../support/store-reading.ts';
import { announceRecord, factsOf, testNetwork } from '../../support/test-network.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const NETWORK = testNetwork(3);
const { genesis, name, primary, nodes } = NETWORK;
const [, storer] = nodes;
assert.ok(storer);
const ZEROS = new Uint8Array(32);

/** A store, a clock, and what a follower told. */
async function openWorld() {
  const scratch = await openScratch();
  const directory = scratch.at('state');
  let store = await LevelStateStore.open({ directory });
  const clock = new VirtualClock(0);
  const rejected: [string, ProvenderError][] = [];
  const faults: string[] = [];
  const differences: number[] = [];
  const events = {
    rejected: (address: string, error: ProvenderError) => void rejected.push([address, error]),
    fault: (reason: string) => void faults.push(reason),
    clockDiffers: (ms: number) => void differences.push(ms),
  };
  return {
    clock,
    rejected,
    faults,
    differences,
    store: () => store,
    follow: (...sources: FollowingRoundLogOptions['sources']) =>
      FollowingRoundLog.open({ store, genesis, sources, clock, events }),
    async restartStore() {
      await store.close();
      store = await LevelStateStore.open({ directory });
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

function grown(rounds: number): RoundMaker {
  const maker = new RoundMaker(NETWORK);
  for (let i = 0; i < rounds; i++) maker.add();
  return maker;
}

const reaches = (log: FollowingRoundLog, round: bigint) =>
  until(`round ${round}`, () => log.head().number === round);

test('a follower takes what is there and what comes, and resumes at its head after a restart', async () => {
  await using world = await openWorld();
  const maker = grown(3);
  const source = new MemoryRoundSource('one:1', maker.rounds);
  const log = await world.follow(source);
  await reaches(log, 3n);
  source.add(maker.add(announceRecord(primary, name, { facts: factsOf('a') })));
  await reaches(log, 4n);
  assert.deepEqual((await log.get(4n)).bytes, maker.rounds[4]);
  assert.equal(log.chain.openAnnounces().length, 1);
  assert.equal(await codeOf(log.append()), 'PROVENDER_DENIED');
  await log.submit(new Uint8Array([1]));
  assert.equal(source.submitted.length, 1);
  await log.close();
  await world.restartStore();
  source.rounds.push(maker.add());
  await using again = await world.follow(source);
  assert.ok(again.head().number >= 4n);
  await reaches(again, 5n);
  assert.deepEqual(source.asked, [0n, 4n]);
  assert.deepEqual(again.head().hash, maker.chain.head.hash);
  assert.deepEqual([world.rejected, world.faults], [[], []]);
});

test('a follower that restarts at any step has what it had', async () => {
  await using world = await openWorld();
  const maker = grown(12);
  const source = new MemoryRoundSource('one:1', [genesis.round]);
  for (let r = 1; r <= 12; r++) {
    source.rounds.push(maker.rounds[r] ?? ZEROS);
    const log = await world.follow(source);
    await reaches(log, BigInt(r));
    await log.close();
    if (r % 3 === 0) await world.restartStore();
  }
  await using log = await world.follow(source);
  assert.deepEqual(log.head().hash, maker.chain.head.hash);
});

test('the next primary is asked when one goes, and submits go round as well', async () => {
  await using world = await openWorld();
  const maker = grown(2);
  const [one, two] = [
    new MemoryRoundSource('one:1', maker.rounds),
    new MemoryRoundSource('two:2', maker.rounds),
  ];
  await using log = await world.follow(one, two);
  await reaches(log, 2n);
  one.leave();
  await log.submit(ZEROS);
  assert.equal(two.submitted.length, 1);
  two.rounds.push(maker.add());
  await until('round 3', async () => {
    await world.clock.advance(100);
    return log.head().number === 3n;
  });
  assert.deepEqual(two.asked, [2n]);
  two.leave();
  assert.equal(await codeOf(log.submit(ZEROS)), 'PROVENDER_UNAVAILABLE');
  one.isAway = false;
  one.rounds.push(maker.rounds[3] ?? ZEROS, maker.add());
  await until('round 4', async () => {
    await world.clock.advance(100);
    return log.head().number === 4n;
  });
  assert.deepEqual([world.rejected, world.faults], [[], []]);
});

/** What a primary may send in place of round 3. */
const LIES: readonly [string, (maker: RoundMaker) => Uint8Array][] = [
  ['a gap', (maker) => (maker.add(), maker.add())],
  ['another seed', (maker) => maker.lie({ seed: ZEROS })],
  ['another link', (maker) => maker.lie({ prevHash: ZEROS })],
  ['another registry root', (maker) => maker.lie({ registryRoot: ZEROS })],
  ['a proof that does not hold', (maker) => maker.lie({ proof: new Uint8Array(80) })],
  ['a time that goes back', (maker) => maker.lie({ unixMs: maker.chain.head.unixMs - 1n })],
  ['another network', (maker) => maker.lie({ networkId: ZEROS })],
  [
    'a record that nobody signed',
    (maker) => {
      const record = announceRecord(primary, name, { facts: factsOf('a') });
      record[record.length - 1] = (record[record.length - 1] ?? 0) ^ 1;
      return maker.lie({ records: [record] });
    },
  ],
  [
    'a proposer that is no primary',
    (maker) => {
      const other = new RoundMaker(NETWORK, storer);
      for (const round of maker.rounds.slice(1)) other.take(round);
      return other.lie({});
    },
  ],
  [
    'another signature',
    (maker) => {
      const round = maker.lie({});
      round[round.length - 40] = (round[round.length - 40] ?? 0) ^ 1;
      return round;
    },
  ],
  ['no round at all', () => new Uint8Array(1000)],
];

for (const [what, lie] of LIES) {
  test(`a primary that sends ${what} is left for the next one`, async () => {
    await using world = await openWorld();
    const maker = grown(2);
    const honest = grown(4);
    const liar = new MemoryRoundSource('liar:1', [...maker.rounds, lie(maker)]);
    const other = new MemoryRoundSource('other:2', honest.rounds);
    await using log = await world.follow(liar, other);
    await until('the rest from the other', async () => {
      await world.clock.advance(50);
      return log.head().number === 4n;
    });
    assert.equal(world.rejected[0]?.[0], 'liar:1');
    assert.deepEqual(log.head().hash, honest.chain.head.hash);
    assert.equal(log.fault(), undefined);
  });
}

test('two rounds with one number are kept as evidence, end the log, and are known after a restart', async () => {
  await using world = await openWorld();
  const maker = grown(2);
  const fork = grown(1);
  fork.take(fork.lie({ unixMs: fork.chain.head.unixMs + 5n }));
  fork.add();
  const [one, two] = [
    new MemoryRoundSource('one:1', maker.rounds),
    new MemoryRoundSource('two:2', fork.rounds),
  ];
  const log = await world.follow(one, two);
  await reaches(log, 2n);
  one.leave();
  await until('the fault', async () => {
    await world.clock.advance(100);
    return log.fault() !== undefined;
  });
  assert.match(log.fault() ?? '', /two different rounds have the number 2/);
  assert.equal(world.faults.length, 1);
  assert.equal(log.head().number, 2n);
  assert.equal(await codeOf(log.submit(ZEROS)), 'PROVENDER_CORRUPT');
  const { records } = await world.store().range('evidence/round/0000000000000002/');
  const hashes = records.map(({ value }) => Buffer.from(roundHash(value)).toString('hex'));
  assert.deepEqual(
    hashes,
    [maker, fork].map(({ rounds }) => Buffer.from(roundHash(rounds[2] ?? ZEROS)).toString('hex')).toSorted(),
  );
  await log.close();
  await world.restartStore();
  await using again = await world.follow(one);
  assert.match(again.fault() ?? '', /seen before/);
  assert.equal(one.asked.length, 1, 'a faulty follower follows nobody');
});

test('a forged round of a number that is there is no evidence', async () => {
  await using world = await openWorld();
  const maker = grown(2);
  const forged = maker.rounds[2]?.slice() ?? ZEROS;
  forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
  const one = new MemoryRoundSource('one:1', maker.rounds);
  const liar = new MemoryRoundSource('liar:2', [...maker.rounds.slice(0, 2), forged]);
  await using log = await world.follow(one, liar);
  await reaches(log, 2n);
  one.leave();
  await until('the liar is left', async () => {
    await world.clock.advance(100);
    return world.rejected.length > 0;
  });
  assert.equal(world.rejected[0]?.[0], 'liar:2');
  assert.equal(log.fault(), undefined);
});

test('clocks that are minutes apart are a warning and nothing more', async () => {
  await using world = await openWorld();
  const maker = grown(1);
  const source = new MemoryRoundSource('one:1', maker.rounds);
  await using log = await world.follow(source);
  await reaches(log, 1n);
  assert.deepEqual(world.differences, []);
  const send = async (unixMs: number): Promise<void> => {
    await world.clock.advance(1000);
    const round = maker.lie({ unixMs: BigInt(unixMs) });
    maker.take(round);
    source.add(round);
    await reaches(log, maker.chain.head.number);
  };
  await send(world.clock.unixMs() + 9000);
  assert.deepEqual(world.differences, []);
  world.clock.shiftUnix(300_000);
  await send(world.clock.unixMs() - 280_000);
  world.clock.shiftUnix(-600_000);
  await send(world.clock.unixMs() + 700_000);
  await until('both are told', () => world.differences.length === 2);
  assert.deepEqual(
    world.differences.map((ms) => Math.sign(ms)),
    [-1, 1],
  );
  assert.equal(log.fault(), undefined);
});
