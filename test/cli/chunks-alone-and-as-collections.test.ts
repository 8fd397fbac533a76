import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { contentOf } from '../support/content.ts';
import { jsonOf, type NodeProcess, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { chunkOf } from '../support/share-content.ts';

let scratch: Scratch;
let node: NodeProcess;
const content = contentOf('chunks', 70 * 4096 + 17);

before(async () => {
  scratch = await openScratch();
  node = await startNode({ dataDir: scratch.at('data'), args: ['--store', 'files'] });
  await writeFile(scratch.at('large'), content);
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function cli(args: readonly string[], input?: string | Uint8Array) {
  return runCli(args, { node: node.address, cwd: scratch.path, ...(input === undefined ? {} : { input }) });
}

function lines(output: Buffer): string[] {
  return output.toString().trim().split('\n');
}

test('one chunk from a pipe is stored alone and comes back', async () => {
  const put = await cli(['chunk', 'put', '-'], 'hello');
  const hex = Buffer.from(chunkOf(Buffer.from('hello')).id).toString('hex');
  assert.deepEqual([put.code, put.stdout.toString()], [0, `${hex}\n`]);
  assert.equal((await cli(['chunk', 'get', hex])).stdout.toString(), 'hello');
  assert.equal(jsonOf(await cli(['--json', 'chunk', 'put', '-'], 'hello')).held, true);
  const stat = jsonOf(await cli(['--json', 'stat', hex]));
  assert.deepEqual([stat.kind, stat.sizeBytes, stat.collection], ['chunk', 5, undefined]);
  assert.deepEqual(lines((await cli(['-q', 'ls', '--kind', 'chunk'])).stdout), [hex]);
});

test('a file that is split becomes a collection, and its chunks give the file back', async () => {
  const put = await cli(['chunk', 'put', '--split', 'large']);
  assert.equal(put.code, 0, put.stderr);
  const ids = lines(put.stdout);
  assert.equal(ids.length, 71);
  assert.match(put.stderr, /collection [0-9a-f]{64} of 71 chunks stored/);
  const get = await cli(['chunk', 'get', ...ids]);
  assert.ok(get.stdout.equals(content));
  const [first = ''] = ids;
  const stat = jsonOf(await cli(['--json', 'stat', first]));
  assert.equal(stat.kind, 'chunk');
  const [collection] = lines((await cli(['-q', 'ls', '--kind', 'collection'])).stdout);
  assert.equal(stat.collection, collection);
  assert.equal(jsonOf(await cli(['--json', 'stat', collection ?? ''])).count, 71);
});

test('repeated chunks are stored once and printed as often as given', async () => {
  const put = await cli(['chunk', 'put', '--split', '-'], new Uint8Array(3 * 4096));
  const ids = lines(put.stdout);
  assert.equal(ids.length, 3);
  assert.equal(new Set(ids).size, 1);
  assert.ok((await cli(['chunk', 'get', ...ids])).stdout.equals(Buffer.alloc(3 * 4096)));
});

test('--json gives the collection first, then its chunks', async () => {
  const put = await cli(['--json', 'chunk', 'put', '--split', 'large']);
  const [collection, ...chunks] = lines(put.stdout).map((line) => JSON.parse(line));
  assert.deepEqual([collection.kind, collection.count, collection.held], ['collection', 71, true]);
  assert.equal(chunks.length, 71);
  assert.ok(chunks.every((chunk) => chunk.collection === collection.id));
  assert.equal(chunks.at(-1)?.sizeBytes, 17);
});

test('more than 4096 bytes without --split are refused with the way out', async () => {
  const put = await cli(['chunk', 'put', 'large']);
  assert.equal(put.code, 2);
  assert.match(put.stderr, /large: more than 4096 bytes; use --split, or: provender put/);
});

test('chunk get into a file; an unknown chunk leaves no file', async () => {
  const [first = ''] = lines((await cli(['chunk', 'put', '--split', 'large'])).stdout);
  assert.equal((await cli(['chunk', 'get', first, '-o', 'one'])).code, 0);
  const missing = await cli(['chunk', 'get', first, 'ab'.repeat(32), '-o', 'two']);
  assert.equal(missing.code, 3);
  await assert.rejects(writeFile(scratch.at('two'), '', { flag: 'r+' }), { code: 'ENOENT' });
});

test('rm removes a collection with its chunks', async () => {
  const [collection = ''] = lines((await cli(['--json', 'chunk', 'put', '--split', 'large'])).stdout);
  const { id } = JSON.parse(collection);
  assert.equal((await cli(['rm', id])).code, 0);
  assert.equal((await cli(['stat', id])).code, 3);
});

test('chunks are kept in cat-1, or in the profile that a put asks for', async () => {
  const own = jsonOf(await cli(['--json', 'chunk', 'put', '-'], 'as the node does'));
  const asked = jsonOf(await cli(['--json', 'chunk', 'put', '--profile', 'none', '-'], 'plain'));
  assert.deepEqual([own.profile, asked.profile], ['cat-1', 'none']);
  const [collection = ''] = lines(
    (
      await cli(
        ['--json', 'chunk', 'put', '--profile', 'cat-2', '--split', '-'],
        new Uint8Array(9000).fill(1),
      )
    ).stdout,
  );
  assert.equal(JSON.parse(collection).profile, 'cat-2');
});
