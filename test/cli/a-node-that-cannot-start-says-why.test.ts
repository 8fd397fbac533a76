import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const FREE = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

/** Starts a node that is expected to refuse: exit code 2, PROVENDER_CONFIG and the cure on standard error. */
async function refusal(args: readonly string[]): Promise<string> {
  const { code, stderr } = await runCli(['serve', ...args]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^provender: PROVENDER_CONFIG: /);
  return stderr;
}

test('a second process on the same directory is told the pid of the first; kill -9 of that one frees it', async () => {
  await using scratch = await openScratch();
  const args = ['--data-dir', scratch.at('data'), ...FREE];
  const first = await startNode({ dataDir: scratch.at('data') });
  try {
    assert.match(await refusal(args), new RegExp(`in use by pid ${first.child.pid}; stop that process`));
  } finally {
    assert.equal(await first.end('SIGKILL'), 'SIGKILL');
  }
  await using second = await startNode({ dataDir: scratch.at('data') });
  assert.equal(await second.end('SIGTERM'), 0);
});

test('ports in use are named with the flag that changes them, and nothing stays open', async () => {
  await using scratch = await openScratch();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo; // a TCP server has such an address
  const data = ['--data-dir', scratch.at('data')];
  try {
    const http = await refusal([...data, '--listen', '127.0.0.1:0', '--http-listen', `127.0.0.1:${port}`]);
    assert.match(
      http,
      new RegExp(
        `http.listen 127.0.0.1:${port}: the port is in use; choose another address with --http-listen`,
      ),
    );
    const grpc = await refusal([...data, '--listen', `127.0.0.1:${port}`, '--http-listen', '127.0.0.1:0']);
    assert.match(grpc, new RegExp(`127.0.0.1 port ${port}`));
  } finally {
    taken.close();
  }
  // the failed starts have released the directory
  assert.ok(!(await readdir(scratch.at('data'))).includes('lock'));
});

test('plain text beyond loopback needs --insecure', async () => {
  await using scratch = await openScratch();
  const data = ['--data-dir', scratch.at('data'), '--http-listen', '127.0.0.1:0'];
  assert.match(await refusal([...data, '--listen', '0.0.0.0:0']), /plain text/);
});

test('an unknown store, a wrong setting and an unknown setting of the file are refused before anything is made', async () => {
  await using scratch = await openScratch();
  const data = ['--data-dir', scratch.at('data'), ...FREE];
  assert.match(
    await refusal([...data, '--store', 'tape']),
    /store \(from --store\): known stores are level, files and rados; found "tape"/,
  );
  assert.match(await refusal([...data, '--limit', 'much']), /limit \(from --limit\)/);
  await writeFile(scratch.at('provender.yaml'), 'stroe: files\n');
  assert.match(
    await refusal([...data, '--config', scratch.at('provender.yaml')]),
    /unknown setting "stroe", did you mean "store"\?/,
  );
  assert.deepEqual(await readdir(scratch.path), ['provender.yaml']);
});

test('existing data of another store, without its key, or of a newer format is refused and not touched', async () => {
  await using scratch = await openScratch();
  const node = await startNode({ dataDir: scratch.at('data') });
  assert.equal(await node.end('SIGTERM'), 0);
  const data = ['--data-dir', scratch.at('data'), ...FREE];
  assert.match(await refusal([...data, '--store', 'files']), /written by store "level".*--store level/);
  const key = await readFile(scratch.at('data', 'keys', 'node.key'));
  await rm(scratch.at('data', 'keys', 'node.key'));
  assert.match(await refusal(data), /node\.key is missing beside existing data; restore it from your backup/);
  await writeFile(scratch.at('data', 'keys', 'node.key'), key, { mode: 0o600 });
  const format = await readFile(scratch.at('data', 'format.json'), 'utf8');
  await writeFile(scratch.at('data', 'format.json'), format.replace('"format":1', '"format":7'));
  assert.match(await refusal(data), /data has format 7, this version reads format 1/);
  await writeFile(scratch.at('data', 'format.json'), format);
  await using again = await startNode({ dataDir: scratch.at('data') });
  assert.equal(again.log.find((line) => line['event'] === 'started')?.['isFirstStart'], false);
});
