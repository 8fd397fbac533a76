import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DataDirectory } from '../../src/node/data-directory.ts';
import { openScratch } from '../support/scratch.ts';

const PLACE = { pool: 'fast', namespace: 'provender' };

async function open(directory: string, place = PLACE) {
  return await DataDirectory.open({ directory, adapter: 'rados', networkId: new Uint8Array(32), place });
}

test('a start that the data refuses leaves a directory that takes another key', async () => {
  await using scratch = await openScratch();
  const refused = await open(scratch.at('data'));
  await refused.close(); // without confirm: the data said no
  assert.deepEqual(await readdir(scratch.at('data')), ['keys']);
  await using other = await openScratch();
  const owner = await open(other.at('data'));
  await owner.confirm();
  await owner.confirm();
  await owner.close();
  await writeFile(
    scratch.at('data', 'keys', 'node.key'),
    await readFile(other.at('data', 'keys', 'node.key')),
  );
  await using again = await open(scratch.at('data'));
  assert.ok(again.isFirstStart);
  assert.deepEqual(again.signer.publicKey, owner.signer.publicKey);
});

test('a confirmed directory is tied to key, pool and namespace', async () => {
  await using scratch = await openScratch();
  const first = await open(scratch.at('data'));
  await first.confirm();
  await first.close();
  const format = JSON.parse(await readFile(scratch.at('data', 'format.json'), 'utf8'));
  assert.deepEqual([format.adapter, format.place, format.limitBytes], ['rados', PLACE, undefined]);
  await assert.rejects(open(scratch.at('data'), { ...PLACE, pool: 'slow' }), {
    code: 'PROVENDER_CONFIG',
    message: /data is in pool fast, namespace provender, configured is pool slow, namespace provender/,
  });
  const second = await open(scratch.at('data'));
  assert.equal(second.isFirstStart, false);
  await second.close();
  await rm(scratch.at('data', 'keys', 'node.key'));
  await assert.rejects(open(scratch.at('data')), { message: /node\.key is missing beside existing data/ });
  await writeFile(scratch.at('data', 'format.json'), JSON.stringify({ ...format, place: { pool: 1 } }));
  await assert.rejects(open(scratch.at('data')), { message: /its fields are damaged/ });
});

test('a mounted key needs no right to write beside it', async () => {
  await using one = await openScratch();
  await (await open(one.at('data'))).close();
  await using other = await openScratch();
  const keys = other.at('data', 'keys');
  await mkdir(keys, { recursive: true });
  await writeFile(`${keys}/node.key`, await readFile(one.at('data', 'keys', 'node.key')), { mode: 0o400 });
  await chmod(keys, 0o500);
  await using directory = await open(other.at('data'));
  // pods that share the node key share the VRF key: one made here would be another one
  assert.deepEqual(directory.warnings, [
    'keys/vrf.key is missing: make it once with provender keys new, and mount it with keys/node.key in all pods',
  ]);
  assert.deepEqual(await readdir(keys), ['node.key']);
});
