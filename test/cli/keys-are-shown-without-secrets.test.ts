import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { blockBelow, runAsPasted } from '../support/document-commands.ts';
import { jsonOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { hasSystemTool } from '../support/system-tool.ts';

test('new keys are shown, a node takes them, and shows its storer under the same key', async () => {
  await using scratch = await openScratch();
  const data = ['--data-dir', scratch.at('data')];
  const made = await runCli(['--json', 'keys', 'new', ...data]);
  assert.deepEqual([made.code, made.stderr], [0, '']);
  const { node, vrf } = jsonOf(made);
  await using running = await startNode({ dataDir: scratch.at('data') });
  assert.equal(running.log.find((line) => line['event'] === 'started')?.['storerPK'], node.publicKey);
  const shown = await runCli(['keys', 'show'], { env: { PROVENDER_DATA_DIR: scratch.at('data') } });
  assert.equal(
    shown.stdout.toString(),
    `node  ${node.publicKey}\n      SHA256 ${node.fingerprint}\n      ${scratch.at('data', 'keys', 'node.key')}\n` +
      `vrf   ${vrf.publicKey}\n      SHA256 ${vrf.fingerprint}\n      ${scratch.at('data', 'keys', 'vrf.key')}\n`,
  );
});

test('nothing that keys prints holds a part of a private key', async () => {
  await using scratch = await openScratch();
  const data = ['--data-dir', scratch.at('data')];
  const outputs = [
    await runCli(['keys', 'new', ...data]),
    await runCli(['keys', 'show', ...data]),
    await runCli(['--json', 'keys', 'show', ...data]),
    await runCli(['keys', 'new', ...data]),
  ];
  assert.deepEqual(
    outputs.map(({ code }) => code),
    [0, 0, 0, 2],
  );
  const said = outputs.map(({ stdout, stderr }) => `${stdout.toString()}${stderr}`).join('\n');
  for (const name of ['node.key', 'vrf.key']) {
    const [, base64 = ''] = (await readFile(scratch.at('data', 'keys', name), 'utf8')).split('\n');
    const seed = Buffer.from(base64, 'base64').subarray(-32);
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      assert.ok(!said.includes(seed.toString(encoding)), name);
    assert.ok(!said.includes(base64), name);
  }
});

test('keys of a directory that has none are refused with what makes them', async () => {
  await using scratch = await openScratch();
  const { code, stderr } = await runCli(['keys', 'show', '--data-dir', scratch.at('data')]);
  assert.equal(code, 2);
  assert.match(stderr, /PROVENDER_CONFIG: .*provender keys new --data-dir/);
});

test('the commands of operations.md print the fingerprint that OpenSSL computes', async (t) => {
  if (!hasSystemTool(t, 'openssl')) return;
  await using scratch = await openScratch();
  const { code, stdout, stderr } = await runAsPasted(await blockBelow('docs/operations.md', '### Keys'), {
    folder: scratch.path,
  });
  assert.equal(code, 0, stderr);
  const printed = /SHA256 (\w{64})/.exec(stdout.toString())?.[1];
  assert.match(stdout.toString(), new RegExp(`^${printed} {2}-$`, 'm'));
});
