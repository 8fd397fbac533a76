import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { jsonOf, runCli } from '../support/node-process.ts';
import { runDevnet } from '../support/running-devnet.ts';
import { testBytes } from '../proof/reference-tree.ts';

const LIMIT = { timeout: 240_000 };
const STORERS = 6;
const REPLICAS = 3;

test('a file is placed, proven by its receipt, and read while a single holder lives', LIMIT, async (t) => {
  await using net = await runDevnet(STORERS);
  const { primary, devnet } = net;
  const atPrimary = { node: primary.address };
  const content = testBytes(3_000_001, 5);
  await writeFile(net.file('a'), content);

  const put = await net.put('a', REPLICAS);
  assert.equal(put.code, 0, put.stderr);
  const { id } = jsonOf(put);
  const again = await net.put('a', REPLICAS);
  assert.equal(jsonOf(again).held, true, 'what is placed is not placed again');

  const other = await runCli(['--json', 'receipt', 'verify', net.file('a.receipt')]);
  assert.equal(other.code, 0, 'a receipt holds without the genesis, too');
  const explained = jsonOf(await runCli(['--json', 'placement', 'explain', id], atPrimary));
  assert.equal(explained.placement.state, 'placed', JSON.stringify(explained));

  const holders = await net.holders('a');
  assert.equal(holders.length, REPLICAS);
  for (const holder of holders) {
    const own = await runCli(['get', id, '-o', net.file('own')], { node: holder.address });
    assert.equal(own.code, 0, own.stderr);
    assert.deepEqual(await readFile(net.file('own')), Buffer.from(content), 'every holder has all of it');
  }

  // The primary serves reads and stays; it may be one of the holders.
  const dying = holders.filter(({ isPrimary }) => !isPrimary).slice(0, REPLICAS - 1);
  for (const { process } of dying) process.kill();
  await Promise.all(dying.map(({ process }) => process.exited));
  t.diagnostic(`${dying.length} of ${REPLICAS} holders killed`);
  const range = ['--range', '1000000+5000'];
  const part = await runCli(['get', id, ...range, '-o', net.file('part')], atPrimary);
  assert.equal(part.code, 0, part.stderr);
  assert.deepEqual(await readFile(net.file('part')), Buffer.from(content.slice(1_000_000, 1_005_000)));
  const whole = await runCli(['get', id, '-o', net.file('whole')], atPrimary);
  assert.equal(whole.code, 0, whole.stderr);
  assert.deepEqual(await readFile(net.file('whole')), Buffer.from(content));

  // Who comes back goes on with what it had; nodes that are no primary read for their users by the same receipts.
  for (const node of dying) await devnet.restart(node);
  const outsider = devnet.nodes.find((node) => !holders.some(({ address }) => address === node.address));
  assert.ok(outsider);
  const elsewhere = await runCli(
    ['get', id, '--receipt', net.file('a.receipt'), '-o', net.file('elsewhere')],
    { node: outsider.address },
  );
  assert.equal(elsewhere.code, 0, elsewhere.stderr);
  assert.deepEqual(await readFile(net.file('elsewhere')), Buffer.from(content));
  if (outsider.isPrimary) return;
  const refused = await runCli(['put', '--replicas', '3', '--receipt', net.file('x'), net.file('a')], {
    node: outsider.address,
  });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /no primary of network/);
});
