import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/node/load-config.ts';
import { memoryBound } from '../../src/node/memory-bound.ts';
import { cephArgs } from '../support/ceph-node.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { assertMemoryBounded, MEMORY_LOAD, SMALL_LIMIT_ARGS, SMALL_LIMITS } from '../support/memory-load.ts';
import { startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const ceph = useCeph();

/** The documented sum. */
async function boundOf(flags: Readonly<Record<string, string>>): Promise<number> {
  const { config } = await loadConfig({ flags: { ...SMALL_LIMITS, ...flags }, environment: {} });
  return memoryBound(config).reduce((sum, { bytes }) => sum + bytes, 0);
}

for (const store of ['level', 'files']) {
  test(`${store}: ${MEMORY_LOAD} stay below the documented sum, and flat`, async (t) => {
    await using scratch = await openScratch();
    const args = ['--store', store, ...SMALL_LIMIT_ARGS];
    await using node = await startNode({ dataDir: scratch.at('data'), args });
    await assertMemoryBounded(node, await boundOf({ store }), (line) => t.diagnostic(line));
    assert.equal(await node.metric('provender_stored_bytes'), 0);
  });
}

test(`rados: ${MEMORY_LOAD} stay below the documented sum, and flat`, WITH_CEPH, async (t) => {
  await using scratch = await openScratch();
  const args = [...(await cephArgs(ceph, { namespace: 'memory' })), ...SMALL_LIMIT_ARGS];
  const few = ['--op-bytes-in-flight', '32MiB'];
  await using node = await startNode({ dataDir: scratch.at('data'), args: [...args, ...few] });
  const bound = await boundOf({ store: 'rados', pool: 'any', opBytesInFlight: '32MiB' });
  await assertMemoryBounded(node, bound, (line) => t.diagnostic(line));
});
