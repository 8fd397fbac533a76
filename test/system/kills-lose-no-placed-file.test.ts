import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { RunningNode } from '../../src/cli/devnet/devnet.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { type Genesis, parseGenesis } from '../../src/placement/registry/genesis.ts';
import { verifyReceipt } from '../../src/placement/receipt.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type RunningDevnet, runDevnet } from '../support/running-devnet.ts';
import { seededRandom } from '../support/store-crash-plan.ts';

const IS_LONG = process.env['PROVENDER_TEST_LONG'] !== undefined;
const KILLS = IS_LONG ? 100 : 10;
const STORERS = 5;
const REPLICAS = 3;
const PUTS_AT_ONCE = 3;
const FASTER = { roundIntervalMs: 200, claimMs: 300, commitMs: 5000, bytesPerSecond: 1_000_000 };
const LIMIT = { timeout: IS_LONG ? 3_600_000 : 420_000 };

interface Placed {
  readonly id: ObjectId;
  readonly content: Uint8Array;
  readonly receipt: Uint8Array;
}

interface Load {
  readonly placed: Placed[];
  readonly codes: Map<string, number>;
}

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** Puts one file after the other until it is told to end; what is not acknowledged is told by its code. */
async function putFiles(
  net: RunningDevnet,
  { load, random, isOver }: { load: Load; random: () => number; isOver: () => boolean },
): Promise<void> {
  while (!isOver()) {
    const content = testBytes(1 + Math.floor(random() * 400_000), Math.floor(random() * 2 ** 31));
    try {
      await using client = await ProvenderClient.open({ address: net.primary.address });
      const { stat, receipt } = await client.putPlaced({ sizeBytes: content.length }, pieces(content), {
        replicas: REPLICAS,
      });
      load.placed.push({ id: stat.id, content, receipt });
    } catch (error) {
      assert.ok(isProvenderError(error), String(error));
      load.codes.set(error.code, (load.codes.get(error.code) ?? 0) + 1);
      await sleep(200);
    }
  }
}

/** Every holder that a receipt names has the whole file: any one of them is enough. */
async function checkPlaced(
  net: RunningDevnet,
  genesis: Genesis,
  { id, content, receipt }: Placed,
): Promise<void> {
  const verdict = verifyReceipt(receipt, { genesis });
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.detail);
  const { storers } = verdict.facts;
  assert.equal(new Set(storers.map(({ leaf }) => bytesToHex(leaf.storerKey))).size, REPLICAS);
  await using primary = await ProvenderClient.open({ address: net.primary.address });
  for (const { leaf } of storers) {
    const { node } = await primary.network.node(leaf.storerKey);
    await using holder = await ProvenderClient.open({ address: node.address });
    const reading = await holder.getFile(id, {}, { isHeldHere: true });
    const read: Uint8Array[] = [];
    for await (const piece of reading.data) read.push(Uint8Array.from(piece));
    assert.ok(Buffer.concat(read).equals(content), `holder ${node.address}`);
  }
}

test('no acknowledged file is lost, whichever node is killed when', LIMIT, async (t) => {
  const seed = Number(process.env['PROVENDER_TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  await using net = await runDevnet(STORERS, FASTER);
  const genesis = parseGenesis(await readFile(net.devnet.genesisFile, 'utf8'));
  const load: Load = { placed: [], codes: new Map() };
  let isOver = false;
  const loads = Array.from({ length: PUTS_AT_ONCE }, () =>
    putFiles(net, { load, random, isOver: () => isOver }),
  );
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random() * 3000);
      // every third one is the primary's
      const { nodes } = net.devnet;
      const victim: RunningNode | undefined =
        kill % 3 === 0 ? net.primary : nodes[Math.floor(random() * nodes.length)];
      const running = nodes.find(({ name }) => name === victim?.name);
      assert.ok(running);
      running.process.kill();
      await running.process.exited;
      await sleep(random() * 500);
      await net.devnet.restart(running);
    }
    await sleep(3000); // placements that nothing disturbs
  } finally {
    isOver = true;
    await Promise.all(loads);
  }
  const told = [...load.codes].map(([code, count]) => `${code} ${count}`).join(', ');
  t.diagnostic(`${KILLS} kills, ${load.placed.length} files placed; ${told}`);
  assert.ok(load.placed.length > KILLS / 2, 'files get through between the kills');
  for (const one of load.placed) await checkPlaced(net, genesis, one);
});
