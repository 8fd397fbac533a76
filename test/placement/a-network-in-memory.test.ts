import assert from 'node:assert/strict';
import test from 'node:test';
import type { StagedContent } from '../../src/placement/ports.ts';
import { verifyReceipt } from '../../src/placement/receipt.ts';
import { Proposer } from '../../src/placement/rounds/proposer.ts';
import { StateRoundLog } from '../../src/placement/rounds/state-round-log.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { NetworkInMemory } from '../support/network-in-memory.ts';
import { stagedFile } from '../support/primary-world.ts';
import { openScratch } from '../support/scratch.ts';
import { inlineVrf } from '../support/storer-world.ts';

const STORERS = 12;
const REPLICAS = 8;
const SEEDS = process.env['PROVENDER_TEST_LONG'] === '1' ? 200 : 8;
const how = { profile: 2, replicas: REPLICAS, name: 'owner/collection/key' };

/** Checks a receipt and that exactly the storers that it names hold the object; all that is not needed has gone. */
async function checkPlaced(
  network: NetworkInMemory,
  content: StagedContent,
  receipt: Uint8Array,
): Promise<void> {
  const verdict = verifyReceipt(receipt, { genesis: network.network.genesis });
  if (!verdict.ok) assert.fail(`the receipt does not hold: ${verdict.reason}`);
  const { facts } = verdict;
  assert.deepEqual(facts.id, content.id);
  assert.equal(facts.storers.length, REPLICAS);
  const named = new Set(facts.storers.map(({ leaf }) => network.member(leaf.storerKey)));
  assert.equal(named.size, REPLICAS);
  await network.clock.advance(60_000);
  for (const member of network.members) {
    const { name } = member.node;
    assert.equal(await member.keeper.holds(content.id), named.has(member), `${name} holds it`);
    assert.equal(member.has('placed', content.id), named.has(member), `${name} knows that it is placed`);
    assert.equal(member.has('pending', content.id), false, `${name} has nothing pending`);
    assert.equal(member.storer.reservedBytes, 0, `${name} holds nothing back`);
    assert.equal(member.storer.pendingReplicas, 0);
  }
}

for (const sizeBytes of [20 * 1024, 200 * 1024]) {
  test(`a file of ${sizeBytes} bytes gets ${REPLICAS} replicas of ${STORERS} storers, and a receipt that holds`, async () => {
    await using network = new NetworkInMemory(STORERS);
    await network.open();
    const content = stagedFile('a file', sizeBytes);
    const receipt = await network.clock.drive(network.primary.place(content, how));
    await checkPlaced(network, content, receipt);
    assert.ok(network.events.servedBytes <= (REPLICAS + 2) * sizeBytes);
    for (const { events } of network.members) assert.deepEqual(events.troubles, []);
  });
}

test('the same over the log of rounds and the state store of a node', async () => {
  await using scratch = await openScratch();
  await using store = await LevelStateStore.open({ directory: scratch.at('state') });
  await using network = new NetworkInMemory(STORERS);
  const { clock } = network;
  const { genesis, primary } = network.network;
  await using log = await StateRoundLog.open({ store, genesis });
  const { signer, vrfKey } = primary;
  await using _ = Proposer.start({ log, signer, vrf: inlineVrf(primary), vrfKey, clock });
  await network.open({ log, chain: log.chain });
  const contents = [20 * 1024, 200 * 1024].map((size) => stagedFile(`file of ${size}`, size));
  const placed = contents.map((content) => network.primary.place(content, how));
  const receipts = await network.pace(Promise.all(placed));
  for (const [i, content] of contents.entries())
    await checkPlaced(network, content, receipts[i] ?? new Uint8Array());
  await network.pace(network[Symbol.asyncDispose]());
});

test('files of every profile at once get their replicas, and no byte stays held back', async () => {
  await using network = new NetworkInMemory(STORERS);
  await network.open();
  const contents = [0, 1, 5000, 131_072, 131_073, 200_000].map((size) => stagedFile(`file of ${size}`, size));
  const placed = contents.map((content, i) => network.primary.place(content, { ...how, profile: i % 3 }));
  const receipts = await network.clock.drive(Promise.all(placed));
  for (const [i, content] of contents.entries())
    await checkPlaced(network, content, receipts[i] ?? new Uint8Array());
});

/** Numbers from 0 to 1 that a seed stands for (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`storers that are killed at random moments and come back lose nothing that is signed (seed ${seed})`, async () => {
    const random = randomOf(seed);
    await using network = new NetworkInMemory(STORERS);
    await network.open();
    const content = stagedFile(`file ${seed}`, 20_000 + Math.floor(180_000 * random()));
    network.delayMs = () => 40 * random();
    const victims = network.members.toSorted(() => random() - 0.5).slice(0, 4);
    const ends = victims.map(async (member) => {
      await network.clock.sleep(6000 * random());
      member.kill();
      await network.clock.sleep(4000 * random());
      await member.start();
    });
    const receipt = await network.clock.drive(network.primary.place(content, how));
    await network.clock.drive(Promise.all(ends));
    await checkPlaced(network, content, receipt);
  });
}

test('a network without enough storers gives no receipt, and keeps nothing', async () => {
  await using network = new NetworkInMemory(STORERS);
  await network.open();
  for (const member of network.members.slice(0, 5)) member.kill();
  const content = stagedFile('a file', 20_000);
  await assert.rejects(network.clock.drive(network.primary.place(content, how)), {
    code: 'PROVENDER_UNAVAILABLE',
  });
  network.log.addUpTo(network.log.head().number + 21n);
  await network.clock.advance(60_000);
  for (const member of network.members.slice(5)) {
    assert.equal(await member.keeper.holds(content.id), false);
    assert.equal(member.has('pending', content.id), false);
    assert.equal(member.storer.reservedBytes, 0);
  }
});
