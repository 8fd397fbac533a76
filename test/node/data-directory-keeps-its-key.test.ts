import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DataDirectory } from '../../src/node/data-directory.ts';
import { openScratch } from '../support/scratch.ts';

const ALONE = new Uint8Array(32);

async function open(directory: string, options: { adapter?: string; networkId?: Uint8Array } = {}) {
  return await DataDirectory.open({ directory, adapter: 'level', networkId: ALONE, ...options });
}

/** Opens once and closes, so that data "exists". */
async function made(directory: string): Promise<void> {
  const first = await open(directory);
  await mkdir(first.objects);
  await first.close();
}

test('the first start makes key and format, with rights for the owner only; the next one goes on with them', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('deep', 'data');
  const first = await open(directory);
  const message = Buffer.from('what is signed');
  const signature = first.signer.sign(message);
  assert.ok(first.isFirstStart);
  await first.close();
  const key = scratch.at('deep', 'data', 'keys', 'node.key');
  assert.equal((await stat(key)).mode & 0o777, 0o600);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  const pem = await readFile(key, 'utf8');
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
  assert.ok(verify(null, message, createPublicKey(pem), signature));
  const format = JSON.parse(await readFile(scratch.at('deep', 'data', 'format.json'), 'utf8'));
  assert.equal(format.format, 1);
  assert.equal(format.adapter, 'level');
  assert.equal(format.networkId, '00'.repeat(32));
  assert.equal(format.storerPK, Buffer.from(first.signer.publicKey).toString('hex'));
  assert.equal(format.limitBytes % 2 ** 20, 0);

  await using second = await open(directory);
  assert.equal(second.isFirstStart, false);
  assert.deepEqual(second.signer.sign(message), signature);
  assert.deepEqual(second.format, {
    networkId: format.networkId,
    storerPK: format.storerPK,
    adapter: 'level',
    limitBytes: format.limitBytes,
  });
});

test('nothing but the directory itself is left after close', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  assert.deepEqual((await readdir(scratch.at('data'))).toSorted(), ['format.json', 'keys', 'objects']);
  assert.deepEqual((await readdir(scratch.at('data', 'keys'))).toSorted(), ['node.key', 'vrf.key']);
});

test('a key that was there before the first start, a mounted one, is used', async () => {
  await using one = await openScratch();
  await made(one.at('data'));
  await using other = await openScratch();
  await mkdir(other.at('data', 'keys'), { recursive: true });
  await writeFile(other.at('data', 'keys', 'node.key'), await readFile(one.at('data', 'keys', 'node.key')), {
    mode: 0o600,
  });
  await using a = await open(one.at('data'));
  await using b = await open(other.at('data'));
  assert.deepEqual(b.signer.publicKey, a.signer.publicKey);
});

test('a first start that was killed after the key goes on with that key and leaves nothing temporary', async () => {
  await using scratch = await openScratch();
  const first = await open(scratch.at('data'));
  await first.close();
  await rm(scratch.at('data', 'format.json'));
  await writeFile(scratch.at('data', 'format.json.4711.tmp'), '{');
  await writeFile(scratch.at('data', 'lock.999999999.tmp'), '{');
  const second = await open(scratch.at('data'));
  await second.close();
  assert.deepEqual(second.signer.publicKey, first.signer.publicKey);
  assert.deepEqual((await readdir(scratch.at('data'))).toSorted(), ['format.json', 'keys']);
});

test('a missing key beside existing data is refused, and no new one is made', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  await rm(scratch.at('data', 'keys', 'node.key'));
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /keys\/node\.key is missing beside existing data; restore it from your backup/,
  });
  assert.deepEqual(await readdir(scratch.at('data', 'keys')), ['vrf.key']);
});

test('another key beside existing data is refused', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  await made(scratch.at('other'));
  await writeFile(
    scratch.at('data', 'keys', 'node.key'),
    await readFile(scratch.at('other', 'keys', 'node.key')),
  );
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /is another key than that of the data/,
  });
});

test('a newer format is refused, with what to do', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  const path = scratch.at('data', 'format.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('"format":1', '"format":2'));
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /data has format 2, this version reads format 1; use the version that wrote it, or a newer one/,
  });
});

test('another store, another network, and data without its format are refused', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  await assert.rejects(open(scratch.at('data'), { adapter: 'files' }), {
    code: 'PROVENDER_CONFIG',
    message: /written by store "level", configured is "files"; start with --store level/,
  });
  await assert.rejects(open(scratch.at('data'), { networkId: new Uint8Array(32).fill(7) }), {
    code: 'PROVENDER_CONFIG',
    message: /belongs to network 0000/,
  });
  for (const damaged of ['', '[]', '{"format":1}']) {
    await writeFile(scratch.at('data', 'format.json'), damaged);
    await assert.rejects(open(scratch.at('data')), {
      code: 'PROVENDER_CONFIG',
      message: /restore it from your backup/,
    });
  }
  await rm(scratch.at('data', 'format.json'));
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /format\.json is missing beside objects/,
  });
});

test('a key that everybody may read is refused with the command that mends it; one for the group is a warning', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  const key = scratch.at('data', 'keys', 'node.key');
  await chmod(key, 0o644);
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: new RegExp(`mode 0644 .*run: chmod 600 ${key}`),
  });
  await chmod(key, 0o640);
  await using directory = await open(scratch.at('data'));
  assert.match(directory.warnings.join(), /mode 0640 lets its group read it/);
});

test('what is no key, or a key of another kind, is refused', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  await writeFile(scratch.at('data', 'keys', 'node.key'), 'hello');
  await assert.rejects(open(scratch.at('data')), { code: 'PROVENDER_CONFIG', message: /is no private key/ });
});

test('a second opening is refused with the pid of the first, and allowed after its close', async () => {
  await using scratch = await openScratch();
  const first = await open(scratch.at('data'));
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: `data directory ${scratch.at('data')}: in use by pid ${process.pid}; stop that process or choose another with --data-dir`,
  });
  await first.close();
  await first.close();
  await (await open(scratch.at('data'))).close();
});

test('a lock of a dead process, or of one whose pid came back, does not count', async () => {
  await using scratch = await openScratch();
  await made(scratch.at('data'));
  for (const holder of [{ pid: 2 ** 30, startedAt: '1' }, { pid: process.pid, startedAt: '1' }, 'torn']) {
    await writeFile(scratch.at('data', 'lock'), JSON.stringify(holder));
    await (await open(scratch.at('data'))).close();
  }
});

test('a path that is a file is refused with the path and the cure', async () => {
  await using scratch = await openScratch();
  await writeFile(scratch.at('data'), '');
  await assert.rejects(open(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /choose another with --data-dir$/,
  });
});
