import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { contentOf } from '../support/content.ts';
import { jsonOf, launchCli, type NodeProcess, resultOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const MIB = 2 ** 20;

let scratch: Scratch;
let node: NodeProcess;
let id: string;

before(async () => {
  scratch = await openScratch();
  node = await startNode({
    dataDir: scratch.at('data'),
    args: ['--store', 'files', '--profile-files', 'cat-1', '--scrub-rate', '0'],
  });
  await writeFile(scratch.at('file'), contentOf('scrub', 6 * MIB));
  await writeFile(scratch.at('chunk'), 'a chunk');
  id = jsonOf(await cli('--json', 'put', 'file')).id;
  await cli('chunk', 'put', 'chunk');
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function cli(...args: readonly string[]) {
  return runCli(args, { node: node.address, cwd: scratch.path });
}

function watchers(): Promise<number> {
  return node.metric('provender_operations_in_flight{method="WatchScrub"}');
}

async function state(): Promise<string> {
  return jsonOf(await cli('--json', 'scrub', 'status')).state;
}

test('a store without damage: one line, exit code 0, and figures', async () => {
  const scrub = await cli('scrub');
  assert.equal(scrub.code, 0, scrub.stderr);
  assert.match(
    scrub.stdout.toString(),
    /^no damage: 1 files, 0 collections, 1 chunks, 6\.\d MiB, in \d+ s\n$/,
  );
  const deep = jsonOf(await cli('--json', 'scrub', '--deep'));
  assert.deepEqual([deep.isClean, deep.isDeep, deep.damage], [true, true, []]);
  assert.deepEqual(deep.counts, {
    files: 1,
    collections: 0,
    loneChunks: 1,
    checkedBytes: await node.metric('provender_stored_bytes'),
    damaged: 0,
  });
  assert.deepEqual(deep.difference, { storedBytes: 0, files: 0, collections: 0, loneChunks: 0 });
  assert.equal(await node.metric('provender_scrub_rounds_total'), 2);
  assert.equal(await node.metric('provender_scrub_objects_total{kind="file"}'), 2);
  assert.equal(await node.metric('provender_scrub_state'), 0);
  assert.equal((await node.logged('scrub-finished'))['damaged'], 0);
});

test('pause, status, resume and stop do what they say', async () => {
  assert.equal((await cli('scrub', '--detach', '--rate', '1')).code, 0);
  assert.equal(await node.metric('provender_scrub_state'), 1);
  assert.match(
    (await cli('scrub', 'pause')).stdout.toString(),
    /^state {4}paused \(objects\), .*1 B\/s at most/,
  );
  assert.equal(await node.metric('provender_scrub_state'), 2);
  assert.match((await cli('scrub', 'status')).stdout.toString(), /^state {4}paused/);
  assert.equal(jsonOf(await cli('--json', 'scrub', 'resume')).state, 'running');
  const deep = await cli('scrub', '--deep');
  assert.deepEqual([deep.code, /PROVENDER_CONFLICT/.test(deep.stderr)], [1, true]);
  assert.match((await cli('scrub', 'stop')).stdout.toString(), /^state {4}idle/);
  const pause = await cli('scrub', 'pause');
  assert.deepEqual([pause.code, /no round to pause/.test(pause.stderr)], [2, true]);
  assert.equal((await cli('scrub', '--rate', 'fast')).code, 2);
});

test('Ctrl-C leaves the round running and says so; one that is given up ends whoever waits with exit code 1', async () => {
  const start = ['scrub', '--rate', '1', '--progress'];
  const interrupted = launchCli(start, { node: node.address });
  const result = resultOf(interrupted);
  await until('it waits', async () => (await watchers()) === 1);
  interrupted.kill('SIGINT');
  const { code, stderr } = await result;
  assert.deepEqual([code, /the scrub goes on in the node/.test(stderr)], [130, true]);
  assert.equal(await state(), 'running');
  await until('the node has noticed', async () => (await watchers()) === 0);
  const waiting = resultOf(launchCli(['scrub'], { node: node.address }));
  await until('it waits', async () => (await watchers()) === 1);
  await cli('scrub', 'stop');
  const given = await waiting;
  assert.deepEqual([given.code, /given up by somebody else/.test(given.stderr)], [1, true]);
});

test('damage is told with its place and what to do, exit code 4, log, metric and quarantine', async () => {
  const data = scratch.at('data', 'objects', 'd');
  const [tag = ''] = await readdir(data);
  const [stripe = ''] = (await readdir(join(data, tag))).filter((name) => name !== 'r').toSorted();
  const path = join(data, tag, stripe);
  const bytes = await readFile(path);
  bytes[5 * 4096] = (bytes[5 * 4096] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const scrub = await cli('scrub');
  assert.equal(scrub.code, 4);
  assert.equal(
    scrub.stdout.toString().split('\n')[0],
    `damaged block: ${tag}/000000, block 5 of ${id}: the block does not fit its root`,
  );
  assert.match(scrub.stderr, new RegExp(`provender rm ${id}`));
  const json = jsonOf(await cli('--json', 'scrub'));
  assert.deepEqual([json.isClean, json.damage.length, json.damage[0].block], [false, 1, 5]);
  assert.match((await cli('scrub', 'status')).stdout.toString(), /^damaged block: /m);
  assert.equal(await node.metric('provender_scrub_damage_total{kind="block"}'), 2);
  const line = await node.logged('scrub-damage');
  assert.deepEqual(
    [line['level'], line['kind'], line['key'], line['block'], line['object']],
    ['error', 'block', `${tag}/000000`, 5, id],
  );
});

test('what was set again from another copy is good again', async () => {
  assert.equal((await cli('rm', id)).code, 0);
  assert.equal((await cli('put', 'file')).code, 0);
  const scrub = await cli('scrub', '--deep');
  assert.equal(scrub.code, 0, scrub.stdout.toString());
});

test('help has examples and the exit codes', async () => {
  const help = (await cli('scrub', '--help')).stdout.toString();
  assert.match(help, /Examples:\n {2}provender scrub\n/);
  assert.match(help, /4 damage was found/);
  assert.match((await cli('scrub', 'pause', '--help')).stdout.toString(), /provender scrub pause/);
});
