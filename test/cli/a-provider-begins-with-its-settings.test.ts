import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../src/node/load-config.ts';
import { jsonOf, runCli } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const ADDRESS = '0xF627CE8635cdC34b2f619FDDb4E4b61308D6BD68';
const MPE = '0x7E0aF8988DF45B824b2E0e0A87c6196897744970';

function init(...more: readonly string[]): string[] {
  const names = ['--organization', 'my-org', '--payment-address', ADDRESS, '--network', 'sepolia'];
  return ['payments', 'init', ...names, '--rpc', 'https://ethereum.example.org', ...more];
}

test('payments init writes settings that a node takes, with a group of their own', async () => {
  await using scratch = await openScratch();
  const file = scratch.at('payments.yaml');
  const first = await runCli(['--json', '--mpe', MPE, ...init('-o', file)]);
  assert.equal(first.code, 0, first.stderr);
  const { config } = await loadConfig({ flags: {}, environment: {}, file });
  assert.equal(config.paymentsMode, 'mpe');
  assert.equal(config.paymentsPaymentAddress, ADDRESS);
  const printed = await runCli(['--mpe', MPE, ...init()]);
  const other = parse(printed.stdout.toString()).payments.groupId;
  assert.equal(Buffer.from(other, 'base64').length, 32);
  assert.notEqual(other, config.paymentsGroupId);
  const before = await readFile(file);
  const again = await runCli(['--mpe', MPE, ...init('-o', file)]);
  assert.equal(again.code, 2);
  assert.deepEqual(await readFile(file), before, 'nothing is replaced');
});

test('payments init refuses what would decide money wrongly', async () => {
  const mistyped = `${ADDRESS.slice(0, -1)}9`;
  const results = await Promise.all([
    runCli(init()),
    runCli(['--mpe', MPE, ...init('--payment-address', mistyped)]),
    runCli(['--mpe', MPE, ...init('--organization', 'a/b')]),
  ]);
  assert.deepEqual(
    results.map(({ code }) => code),
    [2, 2, 2],
  );
  assert.match(results[0]?.stderr ?? '', /--mpe/);
});

test('secret new writes 32 bytes that only their owner may read, and prints no more than their path', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('s');
  const made = await runCli(['secret', 'new', path]);
  assert.equal(made.stdout.toString(), `${path}\n`);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const secret = await readFile(path);
  assert.equal(secret.length, 32);
  const again = await runCli(['--json', 'secret', 'new', path]);
  assert.equal(again.code, 1);
  assert.deepEqual(await readFile(path), secret);
  assert.equal(jsonOf(await runCli(['--json', 'secret', 'new', scratch.at('t')])).path, scratch.at('t'));
});
