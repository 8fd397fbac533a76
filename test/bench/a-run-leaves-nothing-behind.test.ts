import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { measureCost } from '../../bench/framework/cost.ts';
import { Workspace } from '../../bench/framework/workspace.ts';
import type { HashCommands } from '../../bench/support/hash-process.ts';

const HASH_PROCESS = new URL('../../bench/support/hash-process.ts', import.meta.url);
const BENCH = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const parent = await mkdtemp(join(tmpdir(), 'provender-bench-test-'));
after(() => rm(parent, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

test('closing a workspace ends its processes and removes its folders', async () => {
  const workspace = await Workspace.open(parent);
  const folder = await workspace.folder('store');
  await writeFile(join(folder, 'file'), 'bytes');
  const child = await workspace.start<HashCommands>('hash', HASH_PROCESS);
  assert.equal(isAlive(child.pid), true);
  await workspace.close();
  assert.equal(isAlive(child.pid), false);
  assert.deepEqual(await readdir(parent), []);
  await assert.rejects(child.call('paths', undefined), /has ended/);
  await assert.rejects(workspace.start('hash', HASH_PROCESS), /run is over/);
});

test('what a killed run left is removed by the next one, what a living run has is not', async () => {
  const gone = fork(BENCH, ['--help'], { execArgv: ['--import', 'tsx'], stdio: 'ignore' });
  await once(gone, 'exit');
  await mkdir(join(parent, `provender-bench-${gone.pid}-dead`));
  await mkdir(join(parent, `provender-bench-${process.ppid}-living`));
  await using workspace = await Workspace.open(parent);
  const names = await readdir(parent);
  assert.equal(names.length, 2);
  assert.equal(names.includes(`provender-bench-${process.ppid}-living`), true);
  await rm(join(parent, `provender-bench-${process.ppid}-living`), { recursive: true });
  assert.equal(existsSync(workspace.root), true);
});

test('a failed command tells the stack of its process and the process goes on', async () => {
  await using workspace = await Workspace.open(parent);
  const child = await workspace.start<HashCommands>('hash', HASH_PROCESS);
  await assert.rejects(child.call('compress', { path: 'none', minMs: 1 }), /hash: Error: no kernel none/);
  assert.equal((await child.call('paths', undefined)).all.includes('typescript'), true);
});

test('the CPU of a process is counted to that process', async () => {
  await using workspace = await Workspace.open(parent);
  const busy = await workspace.start<HashCommands>('busy', HASH_PROCESS);
  const idle = await workspace.start<HashCommands>('idle', HASH_PROCESS);
  const { cost } = await measureCost({ busy, idle }, () => busy.call('sha256', { minMs: 300 }));
  assert.ok(cost.parts.busy.totalMs > cost.parts.idle.totalMs);
  assert.ok(cost.wallMs >= 300);
});

test('an interrupted run ends with 130 and leaves neither folders nor processes', async () => {
  const run = fork(BENCH, ['merkle', '--dir', parent], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = once(run, 'exit');
  run.stderr?.setEncoding('utf8');
  for await (const text of run.stderr ?? []) if (String(text).includes('round 1 ')) break;
  run.stderr?.resume();
  run.kill('SIGINT');
  assert.deepEqual(await exited, [130, null]);
  assert.deepEqual(await readdir(parent), []);
});
