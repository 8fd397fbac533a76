import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { ChannelLock } from '../../src/rpc/client/wallet/channel-lock.ts';
import { openScratch } from '../support/scratch.ts';

const isBusy = (error: unknown): boolean => isProvenderError(error, 'PROVENDER_BUSY');

test('one holder at a time; who waits gets it when it is free', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('lock');
  let holders = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      await using _lock = await ChannelLock.open(path, { waitMs: 60_000 });
      most = Math.max(most, ++holders);
      await new Promise(setImmediate);
      holders--;
    }),
  );
  assert.equal(most, 1);
  assert.deepEqual(await readdir(scratch.path), []);
});

test('a lock of a living process is waited for, and no longer than that', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('lock');
  await using _lock = await ChannelLock.open(path, { waitMs: 0 });
  await assert.rejects(ChannelLock.open(path, { waitMs: 20 }), isBusy);
  const signal = AbortSignal.timeout(20);
  await assert.rejects(ChannelLock.open(path, { waitMs: 60_000, signal }));
  assert.deepEqual(await readdir(scratch.path), ['lock']);
});

test('a lock that a dead process, another start of a process id or a power cut left does not count', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('lock');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const dead = { pid: child.pid, startedAt: '1', token: 'a' };
  const earlier = { pid: process.pid, startedAt: '1', token: 'b' };
  for (const left of [JSON.stringify(dead), JSON.stringify(earlier), '', 'null', '{"pid":1}']) {
    await writeFile(path, left);
    await using _lock = await ChannelLock.open(path, { waitMs: 0 });
  }
  assert.deepEqual(await readdir(scratch.path), []);
});
