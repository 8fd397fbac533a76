import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRound } from '../../../src/placement/rounds/round.ts';
import { StateRoundLog } from '../../../src/placement/rounds/state-round-log.ts';
import { LevelStateStore } from '../../../src/state/level/level-state-store.ts';
import { RoundMaker } from '../../support/rounds-world.ts';
import { openScratch } from '../../support/scratch.ts';
import { codeOf } from '../../support/store-reading.ts';
import { registerRecord, testNetwork, testNode } from '../../support/test-network.ts';

const EPOCH = 4;
const ROUNDS = 130;
const NETWORK = testNetwork(3, { parameters: { epochLength: EPOCH } });
const { genesis, name } = NETWORK;

test('receipts of any age find the registry that their round used', async () => {
  await using scratch = await openScratch();
  const store = await LevelStateStore.open({ directory: scratch.at('state') });
  await using _closed = { [Symbol.asyncDispose]: () => store.close() };
  await using log = await StateRoundLog.open({ store, genesis });
  const maker = new RoundMaker(NETWORK);
  for (let r = 1; r <= ROUNDS; r++) {
    const isJoined = r % 10 === 3;
    await log.append(
      maker.add(...(isJoined ? [registerRecord(testNode(`late ${r}`), name)] : [])),
      log.head(),
    );
  }
  const roots = new Set<string>();
  for (let r = 0; r <= ROUNDS; r++) {
    const { registryRoot } = decodeRound((await log.get(BigInt(r))).bytes);
    const { root, epoch } = await log.registryAt(BigInt(Math.floor(r / EPOCH)));
    assert.equal(Buffer.compare(root, registryRoot), 0, `round ${r}`);
    assert.equal(epoch, BigInt(Math.floor(r / EPOCH)));
    roots.add(Buffer.from(root).toString('hex'));
  }
  assert.ok(roots.size > 10, 'the registry changed now and then');
  const behind = BigInt(Math.floor(ROUNDS / EPOCH));
  assert.equal(await codeOf(log.registryAt(behind + 2n)), 'PROVENDER_NOT_FOUND');
});
