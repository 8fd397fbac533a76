import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { CephCluster } from '../support/ceph-cluster.ts';
import { makeCephFolder, removeCephFolder, removeLeftovers } from '../support/ceph-folder.ts';
import { processesOf } from '../support/ceph-processes.ts';
import { WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { resultOf } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const CHILD = new URL('../support/ceph-child.ts', import.meta.url).pathname;
const STATE_FOLDERS = ['/etc/ceph', '/var/lib/ceph/mon', '/var/lib/ceph/osd', '/var/lib/ceph/crash'];

/** Names below folders of the system that no cluster of ours may use. */
async function systemState(): Promise<string[]> {
  const there = STATE_FOLDERS.filter((folder) => existsSync(folder));
  return (await Promise.all(there.map(async (folder) => await readdir(folder, { recursive: true })))).flat();
}

/** A folder for clusters that no other run looks into; its path is short enough for their sockets. */
async function openBase(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp('/tmp/pv-');
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }) };
}

/** Starts a process that starts a cluster below a folder. */
function launchChild(base: string, path = process.env['PATH'] ?? ''): ChildProcess & { stdout: Readable } {
  const env = { ...process.env, TMPDIR: base, PATH: path };
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return Object.assign(child, { stdout: child.stdout });
}

/** A process that has started a cluster. */
async function startChild(base: string): Promise<{ child: ChildProcess; folder: string }> {
  const child = launchChild(base);
  const [confFile] = await once(createInterface(child.stdout), 'line');
  assert.equal(dirname(dirname(confFile)), base);
  return { child, folder: dirname(confFile) };
}

async function endBy(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(child, 'close');
  child.kill(signal);
  const [, by] = await ended;
  return by;
}

test('a cluster that was stopped leaves neither a process nor a file', WITH_CEPH_FAULTS, async () => {
  const before = await systemState();
  const cluster = await CephCluster.start();
  const folder = dirname(cluster.confFile);
  assert.equal(processesOf(folder).length, 5);
  await cluster.osd(1).pause(); // nobody has to undo a fault before the end
  await cluster.stop();
  await cluster.stop();
  assert.deepEqual(processesOf(folder), []);
  assert.equal(existsSync(folder), false);
  assert.deepEqual(await systemState(), before);
});

test('a signal ends the cluster with its starter', WITH_CEPH_FAULTS, async () => {
  await using base = await openBase();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { child, folder } = await startChild(base.path);
    assert.equal(await endBy(child, signal), signal);
    assert.deepEqual(processesOf(folder), []);
    assert.equal(existsSync(folder), false);
  }
});

test('the next start removes what a killed run left', WITH_CEPH_FAULTS, async () => {
  await using base = await openBase();
  const { child, folder } = await startChild(base.path);
  const stranger = spawn('sleep', ['600']); // has the number that a pid file still names
  try {
    assert.deepEqual(await removeLeftovers(base.path), [], 'the starter is alive');
    await endBy(child, 'SIGKILL');
    assert.equal(processesOf(folder).length, 5);
    await writeFile(join(folder, 'run', 'osd.0.pid'), `${stranger.pid}\n`);
    assert.deepEqual(await removeLeftovers(base.path), [folder]);
    assert.deepEqual(processesOf(folder), []);
    assert.equal(existsSync(folder), false);
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
  } finally {
    stranger.kill('SIGKILL');
    await removeCephFolder(folder);
  }
});

test('a kept cluster without a daemon is a leftover, one of a living owner is not', async () => {
  await using base = await openBase();
  const folder = await makeCephFolder(base.path);
  assert.deepEqual(await removeLeftovers(base.path), []);
  await writeFile(join(folder, 'owner.json'), '{"kept":true}');
  assert.deepEqual(await removeLeftovers(base.path), [folder]);
});

test('a start that fails names the step and its output, and leaves nothing', WITH_CEPH_FAULTS, async () => {
  await using base = await openBase();
  await using scratch = await openScratch();
  const broken = scratch.at('ceph-osd');
  await writeFile(broken, '#!/bin/sh\necho "the disk is on fire" >&2\nexit 5\n');
  await chmod(broken, 0o755);
  const child = launchChild(base.path, `${scratch.path}${delimiter}${process.env['PATH'] ?? ''}`);
  const { code, stderr } = await resultOf(child);
  assert.equal(code, 1);
  assert.match(stderr, /ceph-osd .*--mkfs.*exit code 5\nthe disk is on fire/);
  const left = (await readdir(base.path)).filter((name) => !name.startsWith('tsx-'));
  assert.deepEqual(left, []);
});
