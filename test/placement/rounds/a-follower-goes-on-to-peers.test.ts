import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FollowingRoundLog } from '../../../src/placement/rounds/following-round-log.ts';
import type { RoundSource } from '../../../src/placement/rounds/round-source.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import { MemoryRoundSource, RoundMaker } from '../../support/rounds-world.ts';
import { openScratch } from '../../support/scratch.ts';
import { codeOf } from '../../support/store-reading.ts';
import { testNetwork } from '../../support/test-network.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const NETWORK = testNetwork(3);
const { genesis } = NETWORK;

/** A follower of one primary, with peers that a test adds while it runs. */
async function openWorld() {
  const scratch = await openScratch();
  const store = await LevelStateStore.open({ directory: scratch.at('state') });
  const clock = new VirtualClock(0);
  const maker = new RoundMaker(NETWORK);
  maker.add();
  const primary = new MemoryRoundSource('primary:1', maker.rounds);
  const peers: RoundSource[] = [];
  const troubles: string[] = [];
  const events = { trouble: (_: string, error: unknown) => void troubles.push(String(error)) };
  const options = { store, genesis, sources: [primary], peers: () => peers, clock, events };
  const log = await FollowingRoundLog.open(options);
  return {
    clock,
    maker,
    primary,
    peers,
    troubles,
    log,
    /** Lets time pass until the follower has a round. */
    reaches: (round: bigint, stepMs = 100) =>
      until(`round ${round}`, async () => {
        await clock.advance(stepMs);
        return log.head().number === round;
      }),
    async [Symbol.asyncDispose]() {
      await log.close();
      await store.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

test('a peer that is found later gives rounds while the primary is away, but takes no records', async () => {
  await using world = await openWorld();
  const { maker, primary, peers, log } = world;
  await world.reaches(1n);
  primary.leave();
  const peer = new MemoryRoundSource('peer:1', [...maker.rounds, maker.add()]);
  peers.push(peer);
  await world.reaches(2n);
  assert.equal(await codeOf(log.submit(new Uint8Array([1]))), 'PROVENDER_UNAVAILABLE');
  primary.isAway = false;
  await log.submit(new Uint8Array([1]));
  assert.deepEqual([primary.submitted.length, peer.submitted.length], [1, 0]);
});

test('a peer that has nothing new is left, so that nodes that follow each other do not wait for ever', async () => {
  await using world = await openWorld();
  const { maker, primary, peers } = world;
  await world.reaches(1n);
  primary.leave();
  const peer = new MemoryRoundSource('peer:1', maker.rounds);
  peers.push(peer);
  await until('the peer is followed', async () => {
    await world.clock.advance(100);
    return peer.asked.length > 0;
  });
  primary.isAway = false;
  primary.rounds.push(maker.add());
  await world.reaches(2n, 10_000);
  assert.ok(world.troubles.some((text) => text.includes('peer:1 has had no new round for long')));
});

test('an only source is never left for being quiet', async () => {
  await using world = await openWorld();
  const { maker, primary } = world;
  await world.reaches(1n);
  await world.clock.advance(600_000);
  primary.add(maker.add());
  await world.reaches(2n);
  assert.deepEqual([primary.asked, world.troubles], [[0n], []]);
});
