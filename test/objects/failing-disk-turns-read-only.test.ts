import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { embeddedAdapter } from '../support/store-adapters.ts';
import { makeChunk, makeQuickFile } from '../support/store-objects.ts';
import { assertSame, assertWhole, readChunk, recount } from '../support/store-reading.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';

const run = promisify(execFile);
const SHIM = fileURLToPath(new URL('../support/store-failing-disk.c', import.meta.url));
const CHILD = fileURLToPath(new URL('../support/store-failing-child.ts', import.meta.url));

/** What fails: system call and part of the path. `set` tells whether it is met by a lone set, else by a publish. */
const FAULTS = [
  { adapter: 'level', fault: 'fdatasync .log', set: true },
  { adapter: 'files', fault: 'fdatasync /store/tmp/', set: true },
  { adapter: 'files', fault: 'write /store/tmp/', set: true },
  { adapter: 'files', fault: 'fsync /store/c', set: true },
  { adapter: 'files', fault: 'fdatasync .log', set: false },
  { adapter: 'files', fault: 'fsync /store/d', set: false },
] as const;

/** Runs the child under the shim; gives its report and how often the call was made to fail. */
async function runFailing(scratch: Scratch, { adapter, fault }: { adapter: string; fault: string }) {
  const library = scratch.at('failing-disk.so');
  await run('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, SHIM, '-ldl']);
  const env = {
    ...process.env,
    LD_PRELOAD: library,
    FAIL_SWITCH: scratch.at('switch'),
    FAIL_COUNT: scratch.at('count'),
  };
  const args = ['--import', 'tsx', CHILD, adapter, scratch.at('store'), fault];
  const { stdout } = await run(process.execPath, args, { env, timeout: 60_000 });
  return { report: JSON.parse(stdout), failures: (await readFile(scratch.at('count'))).length };
}

for (const { adapter, fault, set } of FAULTS) {
  test(`${adapter}: after a failed ${fault} it is read-only until restart`, async () => {
    await using scratch = await openScratch();
    const { report, failures } = await runFailing(scratch, { adapter, fault });
    assert.equal(report.failed.set, set ? 'PROVENDER_UNAVAILABLE' : 'none');
    assert.equal(report.failed.publish, 'PROVENDER_UNAVAILABLE');
    assert.equal(report.health.writable, false);
    assert.match(report.health.reason, /read-only until restart/);
    const { discard, ...writes } = report.refused;
    for (const [call, code] of Object.entries(writes)) assert.equal(code, 'PROVENDER_UNAVAILABLE', call);
    assert.equal(discard, 'none');
    assert.deepEqual([report.chunkIsThere, report.lateIsThere, report.close], [true, false, 'none']);
    assert.equal(failures, 1, 'the call that failed is not tried again');

    await using store = await embeddedAdapter(adapter).open({ directory: scratch.at('store') });
    const before = makeChunk('before');
    assertSame((await readChunk(store, before.id))?.block, before.block, 'chunk');
    await assertWhole(store, makeQuickFile('before', 100_000));
    if ((await store.getHead(makeQuickFile('late', 100_000).id)) !== undefined)
      await assertWhole(store, makeQuickFile('late', 100_000)); // not acknowledged: whole or absent
    assert.deepEqual(store.usage(), await recount(store));
    await store.close();
    assert.deepEqual(leftovers(await readRaw(adapter, scratch.at('store'))), []);
  });
}
