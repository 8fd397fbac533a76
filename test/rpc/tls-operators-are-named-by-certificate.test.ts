import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { operatorRule } from '../../src/rpc/operators.ts';
import type { CertificateFiles } from '../support/certificates.ts';
import { inOwnNetwork, OUTSIDE_ADDRESS } from '../support/own-network.ts';
import type { RpcNode } from '../support/rpc-node.ts';
import { LOCAL_NAMES, openPki, type TestPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

inOwnNetwork(import.meta.url, () => {
  /** A node that everybody in the network reaches, with operators. */
  async function openWithOperators(pki: TestPki, operators: readonly string[]): Promise<RpcNode> {
    const altNames = `${LOCAL_NAMES},IP:${OUTSIDE_ADDRESS}`;
    const server = await pki.ca.issue({ subject: '/CN=node', altNames, usage: 'serverAuth' });
    return openTlsNode(pki, {
      listen: { host: '0.0.0.0', port: 0 },
      tls: { ...server, clientCaFile: pki.ca.certFile },
      isOperator: operatorRule(operators),
    });
  }

  async function clientOf(
    pki: TestPki,
    node: RpcNode,
    own?: CertificateFiles,
    host = OUTSIDE_ADDRESS,
  ): Promise<ProvenderClient> {
    const port = node.server.address.split(':')[1];
    return ProvenderClient.open({ address: `${host}:${port}`, tls: await tlsOf(pki.ca, own) });
  }

  test('a certificate that is named may remove and list, every other one may not', async () => {
    await using pki = await openPki();
    await using node = await openWithOperators(pki, [
      'alice',
      'URI:spiffe://example.org/ops',
      'DNS:ops.example.org',
    ]);
    const { ca } = pki;
    const allowed = [
      { subject: '/CN=alice' },
      { subject: '/O=example', altNames: 'URI:spiffe://example.org/ops' },
      { subject: '/CN=someone', altNames: 'DNS:ops.example.org' },
    ];
    for (const options of allowed) {
      await using client = await clientOf(pki, node, await ca.issue({ ...options, usage: 'clientAuth' }));
      const { stat } = await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]);
      assert.equal((await client.listFiles()).shares.length, 1);
      await client.removeFile(stat.id);
    }
    const denied = [
      { subject: '/CN=Alice' },
      { subject: '/CN=alice2' },
      { subject: '/CN=alice/CN=bob' },
      { subject: '/CN=DNS:ops.example.org' },
      { subject: '/O=alice' },
      { subject: '/CN=bob', altNames: 'DNS:alice' },
      { subject: '/CN=bob', altNames: 'DNS:*.example.org' },
      { subject: '/CN=bob', altNames: 'URI:spiffe://example.org/ops/other' },
      { subject: '/CN=bob', altNames: 'email:alice@example.org' },
    ];
    for (const options of denied) {
      await using client = await clientOf(pki, node, await ca.issue({ ...options, usage: 'clientAuth' }));
      await client.setShare(Uint8Array.of(1));
      await assert.rejects(
        client.listFiles(),
        { code: 'PROVENDER_DENIED', message: /from 192\.0\.2\.1 with a certificate not named there/ },
        options.subject,
      );
    }
  });

  test('without a certificate only loopback may', async () => {
    await using pki = await openPki();
    await using node = await openWithOperators(pki, ['alice']);
    await using outside = await clientOf(pki, node);
    await outside.setShare(Uint8Array.of(1));
    await assert.rejects(outside.listFiles(), { code: 'PROVENDER_DENIED', message: /without a certificate/ });
    await using inside = await clientOf(pki, node, undefined, '127.0.0.1');
    assert.equal((await inside.listFiles()).shares.length, 0);
  });
});
