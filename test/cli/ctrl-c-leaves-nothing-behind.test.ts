import assert from 'node:assert/strict';
import { open, readdir, readlink, stat } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { jsonOf, launchCli, type NodeProcess, resultOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

/** Long enough that no machine is done with it before it is interrupted. */
const LARGE = 512 * 2 ** 20;

let scratch: Scratch;
let node: NodeProcess;

before(async () => {
  scratch = await openScratch();
  node = await startNode({ dataDir: scratch.at('data') });
  const file = await open(scratch.at('large'), 'w');
  await file.truncate(LARGE);
  await file.close();
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

async function inFlight(method: string): Promise<number> {
  return await node.metric(`provender_operations_in_flight{method="${method}"}`);
}

test('a put that is interrupted leaves no object, no reservation and no staged bytes on the node', async () => {
  const child = launchCli(['put', 'large'], { node: node.address, cwd: scratch.path });
  const result = resultOf(child);
  await until('bytes are on their way', async () => (await node.metric('provender_reserved_bytes')) > 0);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await result;
  assert.deepEqual([code, stdout.length], [130, 0]);
  assert.match(stderr, /PROVENDER_CANCELLED: interrupted/);
  await until('the call has ended on the node', async () => (await inFlight('SetFile')) === 0);
  await until('nothing is reserved', async () => (await node.metric('provender_reserved_bytes')) === 0);
  assert.equal(await node.metric('provender_stored_bytes'), 0);
  assert.equal((await runCli(['-q', 'ls'], { node: node.address })).stdout.length, 0);
});

test('SIGTERM ends a put the same way, with exit code 143', async () => {
  const child = launchCli(['put', 'large'], { node: node.address, cwd: scratch.path });
  const result = resultOf(child);
  await until('bytes are on their way', async () => (await node.metric('provender_reserved_bytes')) > 0);
  child.kill('SIGTERM');
  assert.equal((await result).code, 143);
  await until('nothing is reserved', async () => (await node.metric('provender_reserved_bytes')) === 0);
});

test('a get that is interrupted leaves neither target nor temporary file', async () => {
  const { id } = jsonOf(await runCli(['--json', 'put', 'large'], { node: node.address, cwd: scratch.path }));
  const child = launchCli(['get', id, '-o', 'copy'], { node: node.address, cwd: scratch.path });
  const result = resultOf(child);
  await until('a part is on the disk', async () => {
    const [partial] = (await readdir(scratch.path)).filter((name) => name.endsWith('.partial'));
    return partial !== undefined && (await stat(scratch.at(partial))).size > 0;
  });
  child.kill('SIGINT');
  assert.equal((await result).code, 130);
  assert.deepEqual((await readdir(scratch.path)).toSorted(), ['data', 'large']);
  await until('the call has ended on the node', async () => (await inFlight('GetFile')) === 0);
});

test('an interrupted put from a pipe leaves nothing in the temporary folder', async () => {
  await using temporary = await openScratch();
  const child = launchCli(['put', '-'], { node: node.address, env: { TMPDIR: temporary.path } });
  const result = resultOf(child);
  child.stdin?.on('error', () => undefined); // it is killed while it waits for more
  child.stdin?.write('a beginning');
  const { pid } = child;
  await until('it has spooled', async () => {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    return descriptors.length > 0 && (await hasOpenSpool(pid, descriptors));
  });
  // the file has no name even while it is used, so that kill -9 leaves nothing either
  assert.deepEqual(
    (await readdir(temporary.path)).filter((name) => name.includes('spool')),
    [],
  );
  child.kill('SIGKILL');
  assert.equal((await result).code, 'SIGKILL');
});

test('Ctrl-C ends a put that waits for its pipe', async () => {
  const child = launchCli(['put', '-'], { node: node.address });
  const result = resultOf(child);
  child.stdin?.write('x');
  await until(
    'it has spooled',
    async () => await hasOpenSpool(child.pid, await readdir(`/proc/${child.pid}/fd`)),
  );
  child.kill('SIGINT');
  assert.equal((await result).code, 130);
});

async function hasOpenSpool(pid: number | undefined, descriptors: readonly string[]): Promise<boolean> {
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  return targets.some((target) => target.endsWith('.spool (deleted)'));
}
