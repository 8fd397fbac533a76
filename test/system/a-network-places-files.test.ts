import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { RunningNode } from '../../src/cli/devnet/devnet.ts';
import { type ObjectId, parseObjectId } from '../../src/content/object-id.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { jsonOf, runCli } from '../support/node-process.ts';
import { runDevnet } from '../support/running-devnet.ts';
import { testBytes } from '../proof/reference-tree.ts';

const LIMIT = { timeout: 240_000 };
const STORERS = 6;
const REPLICAS = 3;

/** Reads a file at a node, and compares it. */
async function hasAll(
  { address }: RunningNode,
  { id, content }: { readonly id: ObjectId; readonly content: Uint8Array },
  options: { readonly receipt?: Uint8Array; readonly isHeldHere?: boolean } = {},
): Promise<boolean> {
  await using client = await ProvenderClient.open({ address });
  const { data } = await client.getFile(id, {}, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).equals(content);
}

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

  const explained = jsonOf(await runCli(['--json', 'placement', 'explain', id], atPrimary));
  assert.equal(explained.placement.state, 'placed', JSON.stringify(explained));

  const holders = await net.holders('a');
  assert.equal(holders.length, REPLICAS);
  const whole = { id: parseObjectId(id), content };
  for (const holder of holders)
    assert.ok(await hasAll(holder, whole, { isHeldHere: true }), 'every holder has all of it');

  // The primary serves reads and stays; it may be one of the holders.
  const dying = holders.filter(({ isPrimary }) => !isPrimary).slice(0, REPLICAS - 1);
  for (const { process } of dying) process.kill();
  await Promise.all(dying.map(({ process }) => process.exited));
  t.diagnostic(`${dying.length} of ${REPLICAS} holders killed`);
  const range = ['--range', '1000000+5000'];
  const part = await runCli(['get', id, ...range, '-o', net.file('part')], atPrimary);
  assert.equal(part.code, 0, part.stderr);
  assert.deepEqual(await readFile(net.file('part')), Buffer.from(content.slice(1_000_000, 1_005_000)));
  assert.ok(await hasAll(primary, whole));

  // Who comes back goes on with what it had; nodes that are no primary read for their users by the same receipts.
  for (const node of dying) await devnet.restart(node);
  const outsider = devnet.nodes.find((node) => !holders.some(({ address }) => address === node.address));
  assert.ok(outsider);
  const receipt = new Uint8Array(await readFile(net.file('a.receipt')));
  assert.ok(await hasAll(outsider, whole, { receipt }));
  if (outsider.isPrimary) return;
  const refused = await runCli(['put', '--replicas', '3', '--receipt', net.file('x'), net.file('a')], {
    node: outsider.address,
  });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /no primary of network/);
});
