import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DataDirectory } from '../../src/node/data-directory.ts';
import { ensureVrfKey, makeNodeKeys, readNodeKeys } from '../../src/node/node-keys.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { hasSystemTool } from '../support/system-tool.ts';

const NAMES = ['node.key', 'vrf.key'];

async function open(scratch: Scratch, adapter = 'level'): Promise<DataDirectory> {
  return await DataDirectory.open({ directory: scratch.at('data'), adapter, networkId: new Uint8Array(32) });
}

/** What OpenSSL makes of a key file. */
function openssl(path: string, ...args: string[]): Buffer {
  return execFileSync('openssl', ['pkey', '-in', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('new keys are PKCS#8 PEM for their owner only, and OpenSSL reads what is told of them', async (t) => {
  if (!hasSystemTool(t, 'openssl')) return;
  await using scratch = await openScratch();
  const { node, vrf } = await makeNodeKeys(scratch.at('deep', 'data'));
  assert.ok(vrf !== undefined && vrf.publicKey !== node.publicKey);
  for (const { path, publicKey, fingerprint } of [node, vrf]) {
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.match(await readFile(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
    assert.match(openssl(path, '-noout', '-text').toString(), /^ED25519 Private-Key:/);
    const der = openssl(path, '-pubout', '-outform', 'DER');
    assert.equal(der.subarray(-32).toString('hex'), publicKey);
    assert.equal(createHash('sha256').update(der).digest('hex'), fingerprint);
  }
  assert.equal((await stat(scratch.at('deep', 'data', 'keys'))).mode & 0o777, 0o700);
  assert.deepEqual((await readdir(scratch.at('deep', 'data', 'keys'))).toSorted(), NAMES);
});

test('a first start uses keys that were made before', async () => {
  await using scratch = await openScratch();
  const made = await makeNodeKeys(scratch.at('data'));
  await using directory = await open(scratch);
  assert.equal(Buffer.from(directory.signer.publicKey).toString('hex'), made.node.publicKey);
  assert.deepEqual(directory.warnings, []);
  assert.deepEqual(await readNodeKeys(scratch.at('data')), made);
});

test('a key that is there is never replaced; one that is missing beside it is made', async () => {
  await using scratch = await openScratch();
  const made = await makeNodeKeys(scratch.at('data'));
  await assert.rejects(makeNodeKeys(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /keys are never replaced/,
  });
  assert.deepEqual(await readNodeKeys(scratch.at('data')), made);
  await rm(scratch.at('data', 'keys', 'vrf.key'));
  const again = await makeNodeKeys(scratch.at('data'));
  assert.deepEqual(again.node, made.node);
  assert.notEqual(again.vrf?.publicKey, made.vrf?.publicKey);
});

test('beside data no node key is made', async () => {
  for (const data of ['format.json', 'objects']) {
    await using scratch = await openScratch();
    await mkdir(scratch.at('data', data), { recursive: true });
    await assert.rejects(makeNodeKeys(scratch.at('data')), {
      code: 'PROVENDER_CONFIG',
      message: /keys\/node\.key is missing beside existing data, .*restore it from your backup/,
    });
    assert.deepEqual(await readdir(scratch.at('data')), [data]);
  }
});

test('no keys are made where a node runs', async () => {
  await using scratch = await openScratch();
  await using _directory = await open(scratch);
  await assert.rejects(makeNodeKeys(scratch.at('data')), {
    code: 'PROVENDER_CONFIG',
    message: /in use by pid/,
  });
});

test('a directory from before there was a VRF key gets one at its next start, and keeps it', async () => {
  await using scratch = await openScratch();
  await (await open(scratch)).close();
  const before = await readNodeKeys(scratch.at('data'));
  await rm(scratch.at('data', 'keys', 'vrf.key'));
  assert.deepEqual(await readNodeKeys(scratch.at('data')), { node: before.node });
  await (await open(scratch)).close();
  const after = await readNodeKeys(scratch.at('data'));
  assert.deepEqual(after.node, before.node);
  assert.ok(after.vrf !== undefined);
  await (await open(scratch)).close();
  assert.deepEqual(await readNodeKeys(scratch.at('data')), after);
});

test('a VRF key that is none, or that everybody may read, stops the start', async (t) => {
  if (!hasSystemTool(t, 'openssl')) return;
  await using scratch = await openScratch();
  await (await open(scratch)).close();
  const path = scratch.at('data', 'keys', 'vrf.key');
  await chmod(path, 0o604);
  await assert.rejects(open(scratch), { code: 'PROVENDER_CONFIG', message: new RegExp(`chmod 600 ${path}`) });
  await writeFile(path, 'hello');
  await chmod(path, 0o600);
  await assert.rejects(open(scratch), { code: 'PROVENDER_CONFIG', message: /vrf\.key: is no private key/ });
  await rm(path);
  execFileSync('openssl', ['genpkey', '-algorithm', 'X25519', '-out', path]);
  await assert.rejects(open(scratch), { code: 'PROVENDER_CONFIG', message: /is of type x25519/ });
});

test('where keys cannot be made the operator is told', async () => {
  await using scratch = await openScratch();
  await mkdir(scratch.at('keys'));
  const [warning] = await ensureVrfKey(scratch.path, false);
  assert.match(warning ?? '', /keys\/vrf\.key is missing: make it once with provender keys new/);
  assert.deepEqual(await readdir(scratch.at('keys')), []);
});

test('a directory without keys is told of as such', async () => {
  await using scratch = await openScratch();
  await assert.rejects(readNodeKeys(scratch.at('nothing')), {
    code: 'PROVENDER_CONFIG',
    message: /keys\/node\.key is not there; the first start makes it, or: provender keys new --data-dir/,
  });
});
