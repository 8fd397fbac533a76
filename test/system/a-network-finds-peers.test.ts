import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { startNode } from '../support/node-process.ts';
import { runDevnet } from '../support/running-devnet.ts';
import { until } from '../support/until.ts';

/** Number of the last round that a node has. */
async function headOf(address: string): Promise<bigint> {
  await using client = await ProvenderClient.open({ address });
  return (await client.network.facts()).head.number;
}

test('a new node gets the rounds from a peer while the primary is away', { timeout: 120_000 }, async () => {
  await using net = await runDevnet(2);
  const storer = net.devnet.nodes.find(({ isPrimary }) => !isPrimary);
  assert.ok(storer);
  await until('a round at the storer', async () => (await headOf(storer.address)) > 0n);
  net.primary.process.kill();
  await net.primary.process.exited;
  const peers = `127.0.0.1:1,${storer.address}`;
  await using node = await startNode({
    dataDir: net.file('late'),
    args: ['--network', net.devnet.genesisFile, '--peers', peers],
  });
  const head = await headOf(storer.address);
  await until('all rounds at the new node', async () => (await headOf(node.address)) >= head);
  const trouble = await node.logged('peer-trouble');
  assert.match(String(trouble.reason), /127\.0\.0\.1:1\b/);
  assert.equal(await node.end('SIGTERM'), 0);
});
