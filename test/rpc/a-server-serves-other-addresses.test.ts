import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { inOwnNetwork, OUTSIDE_ADDRESS } from '../support/own-network.ts';
import { openRpcNode } from '../support/rpc-node.ts';

inOwnNetwork(import.meta.url, () => {
  test('IPv6 loopback works, and its address can be called as it is given', async () => {
    await using node = await openRpcNode({ listen: { host: '::1', port: 0 } });
    assert.match(node.server.address, /^\[::1\]:\d+$/);
    const { stat } = await node.client.setShare(Uint8Array.of(1));
    await node.client.removeShare(stat.id);
  });

  test('a peer from another address than loopback may not remove', async () => {
    await using node = await openRpcNode({ listen: { host: '0.0.0.0', port: 0, insecure: true } });
    const port = node.server.address.split(':')[1];
    await using client = await ProvenderClient.open({ address: `${OUTSIDE_ADDRESS}:${port}` });
    const { stat } = await client.setShare(Uint8Array.of(1));
    await assert.rejects(client.removeShare(stat.id), {
      code: 'PROVENDER_DENIED',
      message: /RemoveShare from 192\.0\.2\.1 without a certificate/,
    });
    assert.deepEqual([...(await client.getShare(stat.id))], [1]);
  });
});
