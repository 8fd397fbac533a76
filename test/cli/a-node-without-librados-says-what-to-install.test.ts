import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const NOT_BUILT = { PROVENDER_RADOS: '/nowhere/rados.node' };
const FREE = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

test('asking for store rados names the package and the command; nothing is written that ties the directory', async () => {
  await using scratch = await openScratch();
  const args = ['--store', 'rados', '--pool', 'p', '--data-dir', scratch.at('data'), ...FREE];
  const { code, stderr } = await runCli(['serve', ...args], { env: NOT_BUILT });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /PROVENDER_NATIVE_MISSING: .*install the Debian package librados-dev, then npm run build:native/,
  );
  assert.deepEqual(await readdir(scratch.at('data')), ['keys']);
  const doctor = await runCli(['doctor', ...args], { env: NOT_BUILT });
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout.toString(), /^bad +librados: .*librados-dev/m);
});

test('a file that is no addon is told from one that is missing', async () => {
  await using scratch = await openScratch();
  await writeFile(scratch.at('rados.node'), 'not a library');
  const env = { PROVENDER_RADOS: scratch.at('rados.node') };
  const args = ['--store', 'rados', '--pool', 'p', '--data-dir', scratch.at('data'), ...FREE];
  const { stdout } = await runCli(['doctor', ...args], { env });
  assert.match(stdout.toString(), /^bad +librados: .*npm run build:native/m);
});

test('a node on an embedded store neither needs nor loads it', async () => {
  await using scratch = await openScratch();
  await using node = await startNode({ dataDir: scratch.at('data'), env: NOT_BUILT });
  const put = await runCli(['-q', 'chunk', 'put', '-'], { node: node.address, input: 'hello' });
  assert.equal(put.code, 0, put.stderr);
  const doctor = await runCli(['doctor', '--data-dir', scratch.at('other'), ...FREE], { env: NOT_BUILT });
  assert.match(
    doctor.stdout.toString(),
    /^good +librados: .*needed by store rados only; configured is level$/m,
  );
  assert.equal(await node.end('SIGTERM'), 0);
});
