import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { startEtcdCluster } from '../support/etcd-cluster.ts';
import { startEvm } from '../support/evm.ts';
import { runCli } from '../support/node-process.ts';
import { PaidProvider } from '../support/paid-provider.ts';
import { openScratch } from '../support/scratch.ts';

const codeIs = (code: string) => (error: unknown) => isProvenderError(error) && error.code === code;

async function bytesOf(client: ProvenderClient, id: Parameters<ProvenderClient['getFile']>[0]) {
  const { data } = await client.getFile(id);
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

test('a node on its own takes what its calls cost, and goes on after kill -9', async () => {
  await using scratch = await openScratch();
  await using evm = await startEvm();
  const channelId = await evm.open({ value: 100_000n });
  const provider = new PaidProvider({ scratch, evm });
  const content = randomBytes(300_000);
  let first = await provider.replica(1);
  try {
    {
      await using unpaid = await ProvenderClient.open({ address: first.address });
      await assert.rejects(unpaid.setShare(content.subarray(0, 100)), codeIs('PROVENDER_INVALID'));
    }
    const before = await provider.client(first, channelId, evm.client);
    const { stat } = await before.setFile({ sizeBytes: content.length }, [content]);
    await before.close();
    await first.end('SIGKILL');
    first = await provider.replica(1);
    await using client = await provider.client(first, channelId, evm.client);
    assert.deepEqual(await bytesOf(client, stat.id), content);
    // 1 + 2 * 293 for the set, 293 for the get
    assert.equal(await first.metric('provender_payments_total{outcome="paid"}'), 1);
    const state = await client.setShare(content.subarray(0, 100));
    assert.equal(state.held, false);
  } finally {
    await first.end('SIGTERM');
  }
});

test('two replicas over one etcd take payments of one channel by turns, and a killed one leaves no lock', async () => {
  await using scratch = await openScratch();
  await using evm = await startEvm();
  await using etcd = await startEtcdCluster({ members: 3 });
  const channelId = await evm.open({ value: 1_000_000n });
  const provider = new PaidProvider({ scratch, evm, etcd: etcd.endpoints });
  const nodes = [await provider.replica(1), await provider.replica(2)];
  try {
    const clients = await Promise.all(nodes.map((node) => provider.client(node, channelId, evm.client)));
    for (let i = 0; i < 10; i++) {
      const { held } = await (clients[i % 2] ?? assert.fail()).setShare(randomBytes(1000));
      assert.equal(held, false);
    }
    const { stdout } = await runCli(['doctor', '--config', await provider.settingsFile(3)]);
    assert.match(stdout.toString(), /good\s+chain: chain 31337 at block \d+, escrow 0x/);
    assert.match(stdout.toString(), /good\s+state store: etcd answers, 2 replicas are running/);
    const [one, two] = clients;
    assert.ok(one !== undefined && two !== undefined);
    await one.close();
    await nodes[0]?.end('SIGKILL');
    const { stat } = await two.setShare(new Uint8Array(10).fill(1));
    assert.equal((await two.getShare(stat.id)).length, 10);
    await two.close();
    const paid = await nodes[1]?.metric('provender_payments_total{outcome="paid"}');
    assert.equal(paid, 7);
  } finally {
    for (const node of nodes) await node.end('SIGTERM').catch(() => undefined);
  }
});
