import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { contentOf } from '../support/content.ts';
import { jsonOf, launchCli, type NodeProcess, resultOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { referenceFileId } from '../support/share-content.ts';

let scratch: Scratch;
let node: NodeProcess;
const content = contentOf('cli', 5_000_001);
const id = Buffer.from(referenceFileId(content)).toString('hex');

before(async () => {
  scratch = await openScratch();
  node = await startNode({ dataDir: scratch.at('data') });
  await writeFile(scratch.at('file'), content);
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function cli(args: readonly string[], input?: Uint8Array) {
  return runCli(args, { node: node.address, cwd: scratch.path, ...(input === undefined ? {} : { input }) });
}

test('put prints the id of the content, and what it did on standard error', async () => {
  const put = await cli(['put', 'file']);
  assert.equal(put.code, 0, put.stderr);
  assert.equal(put.stdout.toString(), `${id}  file\n`);
  assert.match(put.stderr, /4\.8 MiB stored at .*\/s/);
});

test('a second put sends nothing and says so', async () => {
  const received = await node.metric('provender_content_bytes_total{method="SetFile",direction="in"}');
  const calls = await node.metric('provender_operations_total{method="SetFile",code="OK"}');
  const put = await cli(['--json', 'put', 'file']);
  assert.deepEqual([put.code, jsonOf(put).held, put.stderr], [0, true, '']);
  assert.match((await cli(['put', 'file'])).stderr, /already held, nothing sent/);
  assert.equal(await node.metric('provender_content_bytes_total{method="SetFile",direction="in"}'), received);
  assert.equal(await node.metric('provender_operations_total{method="SetFile",code="OK"}'), calls);
});

test('put --json gives one object with id, size, commitment; --quiet the id alone', async () => {
  const put = jsonOf(await cli(['put', 'file', '--json']));
  assert.deepEqual([put.id, put.kind, put.sizeBytes, put.file], [id, 'file', content.length, 'file']);
  assert.match(put.commitment, /^010e[0-9a-f]{500,}$/);
  assert.match(put.commR, /^[0-9a-f]{64}$/);
  const quiet = await cli(['put', '-q', 'file']);
  assert.deepEqual([quiet.stdout.toString(), quiet.stderr], [`${id}\n`, '']);
});

test('get into a file is byte for byte, replaces it, and leaves nothing beside it', async () => {
  await writeFile(scratch.at('copy'), 'older');
  const get = await cli(['get', id, '-o', 'copy']);
  assert.equal(get.code, 0, get.stderr);
  assert.equal(get.stdout.length, 0);
  assert.ok((await readFile(scratch.at('copy'))).equals(content));
  assert.deepEqual((await readdir(scratch.path)).toSorted(), ['copy', 'data', 'file']);
});

test('get into a pipe, by default and by -o -', async () => {
  for (const args of [
    ['get', id],
    ['get', id.toUpperCase(), '-o', '-'],
  ]) {
    const get = await cli(args);
    assert.equal(get.code, 0, get.stderr);
    assert.ok(get.stdout.equals(content));
    assert.equal(get.stderr, '');
  }
});

test('ranges: both ends included, open end, length with units', async () => {
  for (const [range, start, end] of [
    ['0-0', 0, 1],
    ['4095-4096', 4095, 4097],
    ['4999000-', 4_999_000, 5_000_001],
    ['1MiB+4KiB', 2 ** 20, 2 ** 20 + 4096],
    ['5000001-', 5_000_001, 5_000_001],
  ] as const) {
    const get = await cli(['get', id, '--range', range]);
    assert.equal(get.code, 0, get.stderr);
    assert.ok(get.stdout.equals(content.subarray(start, end)), range);
  }
});

test('a range outside the file, an unknown id, a malformed id: their code, their exit code, the cure', async () => {
  for (const [args, exit, code] of [
    [['get', id, '--range', '5000000+2'], 2, 'PROVENDER_RANGE'],
    [['get', id, '--range', '9-1'], 2, 'PROVENDER_INVALID'],
    [['get', 'ab'.repeat(32)], 3, 'PROVENDER_NOT_FOUND'],
    [['stat', 'ab'.repeat(32)], 3, 'PROVENDER_NOT_FOUND'],
    [['get', 'xyz'], 2, 'PROVENDER_INVALID'],
    [['put', 'missing'], 2, 'PROVENDER_INVALID'],
    [['put', '.'], 2, 'PROVENDER_INVALID'],
    [['get', id, '-o', 'no/such/folder'], 2, 'PROVENDER_INVALID'],
    [['ls', '--limit', 'x'], 2, 'PROVENDER_INVALID'],
  ] as const) {
    const [told, json] = await Promise.all([cli(args), cli(['--json', ...args])]);
    assert.equal(told.code, exit, args.join(' '));
    assert.match(told.stderr, new RegExp(`^provender: ${code}: .+\n  .+\n$`), args.join(' '));
    assert.equal(json.code, exit);
    const { error } = JSON.parse(json.stderr);
    assert.equal(error.code, code);
    assert.equal(typeof error.cure, 'string');
    assert.equal(json.stdout.length, 0);
  }
  assert.deepEqual((await readdir(scratch.path)).toSorted(), ['copy', 'data', 'file']);
});

test('put takes standard input; an empty one is an empty file', async () => {
  const put = jsonOf(await cli(['--json', 'put', '-'], content));
  assert.deepEqual([put.id, put.held, put.file], [id, true, '-']);
  const empty = jsonOf(await cli(['--json', 'put', '-']));
  assert.deepEqual([empty.sizeBytes, empty.held], [0, false]);
  const get = await cli(['get', empty.id]);
  assert.deepEqual([get.code, get.stdout.length], [0, 0]);
  assert.equal((await cli(['rm', empty.id])).code, 0);
});

test('stat and ls tell the same of a file', async () => {
  const stat = jsonOf(await cli(['--json', 'stat', id]));
  assert.deepEqual([stat.id, stat.kind, stat.sizeBytes, stat.count], [id, 'file', content.length, 1]);
  assert.deepEqual(jsonOf(await cli(['--json', 'ls'])), stat);
  assert.match((await cli(['stat', id])).stdout.toString(), /^size +5000001 bytes \(4\.8 MiB\)$/m);
});

test('ls goes through pages and takes up where it left', async () => {
  const names = Array.from({ length: 5 }, (_, i) => `small-${i}`);
  for (const name of names) await writeFile(scratch.at(name), name);
  await cli(['put', ...names]);
  const all = (await cli(['-q', 'ls'])).stdout.toString().trim().split('\n');
  assert.equal(all.length, 6);
  assert.deepEqual(all, all.toSorted());
  const first = (await cli(['-q', 'ls', '--limit', '4'])).stdout.toString().trim().split('\n');
  const rest = (await cli(['-q', 'ls', '--after', first.at(-1) ?? ''])).stdout.toString().trim().split('\n');
  assert.deepEqual([...first, ...rest], all);
});

test('rm goes on after one that fails, and its exit code tells', async () => {
  const rm = await cli(['rm', 'cd'.repeat(32), id]);
  assert.equal(rm.code, 3);
  assert.equal(rm.stdout.toString(), `${id}\n`);
  assert.match(rm.stderr, /PROVENDER_NOT_FOUND/);
  assert.equal((await cli(['get', id])).code, 3);
});

test('no node at the address: exit code 6 and the address in the message', async () => {
  const stat = await runCli(['stat', id, '--node', '127.0.0.1:1']);
  assert.equal(stat.code, 6);
  assert.match(stat.stderr, /PROVENDER_UNAVAILABLE: .*127\.0\.0\.1:1/);
});

test('a wrong address is refused before it is called', async () => {
  assert.equal((await runCli(['stat', id, '--node', 'nowhere'])).code, 2);
  assert.equal((await runCli(['stat', id], { env: { PROVENDER_NODE: '127.0.0.1:0' } })).code, 2);
});

test('a put is kept in cat-2, or in the profile that it asks for', async () => {
  assert.equal(jsonOf(await cli(['--json', 'put', 'file'])).profile, 'cat-2');
  for (const name of ['none', 'cat-1']) {
    const put = await cli(['--json', 'put', '--profile', name, '-'], contentOf(name, 5000));
    assert.deepEqual([put.code, jsonOf(put).profile], [0, name], put.stderr);
    const got = await cli(['get', jsonOf(put).id]);
    assert.ok(got.stdout.equals(contentOf(name, 5000)));
  }
  const again = await cli(['--json', 'put', '--profile', 'cat-1', 'file']);
  assert.deepEqual([jsonOf(again).held, jsonOf(again).profile], [true, 'cat-2']);
  const refused = await cli(['put', '--profile', 'cat-3', 'file']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /none, cat-1, cat-2/);
});

test('a reader who has read enough is no failure', async () => {
  const child = launchCli(['serve', '--help']);
  child.stdout?.destroy();
  const { code, stderr } = await resultOf(child);
  assert.deepEqual([code, stderr], [0, '']);
});
