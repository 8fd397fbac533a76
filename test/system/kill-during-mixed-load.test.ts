import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { randomNumbers } from '../support/content.ts';
import { MixedLoad } from '../support/mixed-load.ts';
import { type NodeProcess, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { embeddedAdapter } from '../support/store-adapters.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';
import { recount } from '../support/store-reading.ts';

const KILLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 100 : 10;
const WORKERS = 6;
const MAX_LOAD_MS = 1500;

/** Loads the node, kills it at a random moment, waits until every call has ended. */
async function loadAndKill(node: NodeProcess, load: MixedLoad, afterMs: number): Promise<void> {
  await using client = await ProvenderClient.open({ address: node.address });
  const running = load.run(client, WORKERS);
  await Promise.race([wait(afterMs), running]); // the moment itself is what is random; nothing is expected to have happened
  assert.equal(await node.end('SIGKILL'), 'SIGKILL');
  await running;
}

/** Compares the usage that a node tells with what its lists add up to. */
async function checkUsage(node: NodeProcess, client: ProvenderClient, load: MixedLoad): Promise<void> {
  const held: string[] = [];
  let storedBytes = 0;
  for (const [name, kind] of Object.entries(OBJECT_KIND)) {
    const before = held.length;
    for await (const page of client.listPages({ kind })) {
      held.push(...page.map(({ id }) => objectIdHex(id)));
      storedBytes += page.reduce((sum, stat) => sum + stat.storedBytes, 0);
    }
    assert.equal(await node.metric(`provender_objects{kind="${name}"}`), held.length - before, name);
  }
  assert.deepEqual(held.toSorted(), load.heldIds());
  assert.equal(await node.metric('provender_stored_bytes'), storedBytes);
  assert.equal(await node.metric('provender_reserved_bytes'), 0);
}

for (const store of ['level', 'files']) {
  test(`${store}: ${KILLS} kills during a mixed load lose nothing acknowledged and leave nothing half`, async (t) => {
    const seed = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');
    t.diagnostic(`seed: PROVENDER_TEST_SEED=${seed}`);
    await using scratch = await openScratch();
    const random = randomNumbers(`kills/${seed}`);
    const load = new MixedLoad(seed);
    const start = () => startNode({ dataDir: scratch.at('data'), args: ['--store', store] });
    for (let kill = 0; kill < KILLS; kill++) {
      await using node = await start();
      await using client = await ProvenderClient.open({ address: node.address });
      await load.check(client);
      await checkUsage(node, client, load);
      await client.close();
      await loadAndKill(node, load, random(MAX_LOAD_MS));
    }
    assert.ok(load.acknowledgedSets > KILLS, `only ${load.acknowledgedSets} sets were acknowledged`);

    await using node = await start();
    await using client = await ProvenderClient.open({ address: node.address });
    await load.check(client);
    await checkUsage(node, client, load);
    await client.close();
    assert.equal(await node.end('SIGTERM'), 0);
    t.diagnostic(
      `${load.acknowledgedSets} sets acknowledged, ${load.heldIds().length} objects held at the end`,
    );

    const directory = scratch.at('data', 'objects');
    assert.deepEqual(leftovers(await readRaw(store, directory)), []);
    await using opened = await embeddedAdapter(store).open({ directory });
    assert.deepEqual(await recount(opened), opened.usage());
  });
}
