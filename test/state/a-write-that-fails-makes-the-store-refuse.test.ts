import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Level } from 'level';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { openScratch } from '../support/scratch.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { codeOf } from '../support/store-reading.ts';

const run = promisify(execFile);
const SHIM = fileURLToPath(new URL('../support/store-failing-disk.c', import.meta.url));
const CHILD = fileURLToPath(new URL('../support/state-failing-child.ts', import.meta.url));
const KIB = 1024;
const value = (size: number): Uint8Array => new Uint8Array(size).fill(7);

test('on a full disk what was acknowledged stays, the failed write is ambiguous, and the rest is refused until the next opening', async () => {
  await using disk = await mountSmallDisk(16);
  const directory = join(disk.path, 'state');
  const ballast = join(disk.path, 'ballast');
  await writeFile(ballast, Buffer.alloc(8 * KIB * KIB));
  const store = await LevelStateStore.open({ directory });
  let acknowledged = 0;
  let failure = 'none';
  const watching = codeOf(
    (async () => {
      for await (const _ of store.watch('none/', {})) assert.fail('nothing is written there');
    })(),
  );
  for (; failure === 'none'; acknowledged++) {
    const put = { put: `k/${String(acknowledged).padStart(6, '0')}`, value: value(256 * KIB) };
    failure = await codeOf(store.txn({ then: [put] }));
  }
  acknowledged--;
  assert.ok(acknowledged > 4);
  assert.equal(failure, 'PROVENDER_AMBIGUOUS');
  assert.equal(await watching, 'PROVENDER_UNAVAILABLE');
  await rm(ballast); // room does not tell what became of the write
  assert.equal(await codeOf(store.txn({ then: [{ put: 'a', value: value(1) }] })), 'PROVENDER_UNAVAILABLE');
  assert.equal(await codeOf(store.get('k/000000')), 'PROVENDER_UNAVAILABLE');
  assert.equal(await codeOf(store.range('k/')), 'PROVENDER_UNAVAILABLE');
  await store.close();
  await using again = await LevelStateStore.open({ directory });
  let found = 0;
  for (let cursor: string | undefined = 'k/'; cursor !== undefined; ) {
    const page = await again.range('k/', { cursor });
    for (const record of page.records) assert.deepEqual(record.value, value(256 * KIB));
    found += page.records.length;
    cursor = page.next;
  }
  assert.ok(found === acknowledged || found === acknowledged + 1, `${found} of ${acknowledged}`);
  assert.ok((await again.txn({ then: [{ put: 'a', value: value(1) }] })).revision > BigInt(acknowledged));
});

test('a sync that fails is ambiguous, is not tried again, and all else is refused until the next opening', async () => {
  await using scratch = await openScratch();
  const library = scratch.at('failing-disk.so');
  await run('gcc', ['-shared', '-fPIC', '-O1', '-o', library, SHIM, '-ldl']);
  const count = scratch.at('count');
  const control = scratch.at('switch');
  const env = { ...process.env, LD_PRELOAD: library, FAIL_SWITCH: control, FAIL_COUNT: count };
  const directory = scratch.at('store');
  const args = ['--import', 'tsx', CHILD, directory];
  const { stdout } = await run(process.execPath, args, { env, timeout: 60_000 });
  assert.deepEqual(JSON.parse(stdout), {
    failed: 'PROVENDER_AMBIGUOUS',
    refused: ['PROVENDER_UNAVAILABLE', 'PROVENDER_UNAVAILABLE', 'PROVENDER_UNAVAILABLE'],
    close: 'none',
  });
  assert.equal((await readFile(count)).length, 1);
  await using again = await LevelStateStore.open({ directory });
  assert.ok(await again.get('before'));
  assert.equal(await again.get('after'), undefined);
});

test('a path that is no folder is refused with the path', async () => {
  await using scratch = await openScratch();
  await writeFile(scratch.at('file'), '');
  assert.equal(await codeOf(LevelStateStore.open({ directory: scratch.at('file') })), 'PROVENDER_CONFIG');
});

test('a damaged record is told, and the others stay readable', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('state');
  const store = await LevelStateStore.open({ directory });
  await store.txn({ then: ['a', 'b'].map((key) => ({ put: key, value: value(100) })) });
  await store.close();
  const raw = new Level<string, Uint8Array>(join(directory, 'db'), { valueEncoding: 'view' });
  const records = raw.sublevel<string, Uint8Array>('r', { valueEncoding: 'view' });
  const bytes = await records.get('a');
  assert.ok(bytes);
  const changed = Uint8Array.from(bytes);
  changed[50] = (changed[50] ?? 0) ^ 1;
  await records.put('a', changed);
  await raw.close();
  await using again = await LevelStateStore.open({ directory });
  assert.equal(await codeOf(again.get('a')), 'PROVENDER_CORRUPT');
  assert.equal(await codeOf(again.txn({ then: [{ get: 'a' }] })), 'PROVENDER_CORRUPT');
  assert.equal((await again.get('b'))?.value.length, 100);
  assert.equal((await again.txn({ then: [{ get: 'b' }] })).records[0]?.value.length, 100);
});

test('history is bounded: who looks back too far, or falls behind, is told to read again', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('state');
  await using store = await LevelStateStore.open({ directory, history: { entries: 3 } });
  const put = (key: string) => store.txn({ then: [{ put: key, value: value(1) }] });
  const slow = store.watch('', {})[Symbol.asyncIterator]();
  await put('a');
  await slow.next();
  for (const key of ['b', 'c', 'd', 'e']) await put(key);
  assert.equal(await codeOf(slow.next()), 'PROVENDER_CONFLICT');
  const old = store.watch('', { fromRevision: 2n })[Symbol.asyncIterator]();
  assert.equal(await codeOf(old.next()), 'PROVENDER_CONFLICT');
  const kept = store.watch('', { fromRevision: 3n })[Symbol.asyncIterator]();
  assert.equal((await kept.next()).value?.length, 1);
});
