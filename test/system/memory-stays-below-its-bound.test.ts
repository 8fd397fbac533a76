import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertMemoryBounded,
  LOCAL_FILE_MIB,
  memoryLoad,
  memorySum,
  SMALL_LIMIT_ARGS,
} from '../support/memory-load.ts';
import { startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

for (const store of ['level', 'files']) {
  test(`${store}: ${memoryLoad(LOCAL_FILE_MIB)} stay below the documented sum, and flat`, async (t) => {
    await using scratch = await openScratch();
    const args = ['--store', store, ...SMALL_LIMIT_ARGS];
    await using node = await startNode({ dataDir: scratch.at('data'), args });
    const tell = (line: string): void => t.diagnostic(line);
    await assertMemoryBounded(node, { bound: await memorySum({ store }), fileMib: LOCAL_FILE_MIB, tell });
    assert.equal(await node.metric('provender_stored_bytes'), 0);
  });
}
