import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());

async function bytesOf(data: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

test('unary calls, uploads and downloads pass through TLS whole', async () => {
  await using node = await openTlsNode(pki);
  const { client } = node;
  const file = randomBytes(9_000_001);
  const { stat } = await client.setFile({ sizeBytes: file.length }, [file]);
  assert.ok((await bytesOf((await client.getFile(stat.id)).data)).equals(file));
  const chunks = Array.from({ length: 200 }, () => randomBytes(4096));
  const collection = await client.setShares(chunks);
  let read = 0;
  for await (const items of client.readShares({ collection: collection.stat.id, first: 0 }))
    read += items.length;
  assert.equal(read, chunks.length);
  await client.removeFile(stat.id);
});

test('a node is called by name, by IPv4 address, and by another name that is given', async () => {
  await using node = await openTlsNode(pki);
  const port = node.server.address.split(':')[1];
  const tls = await tlsOf(pki.ca);
  const other = await pki.ca.issue({ subject: '/CN=x', altNames: 'DNS:node.example', usage: 'serverAuth' });
  for (const host of ['localhost', '127.0.0.1']) {
    await using client = await ProvenderClient.open({ address: `${host}:${port}`, tls });
    assert.equal((await client.listFiles()).shares.length, 0);
  }
  await using named = await openTlsNode(
    { ...pki, server: other },
    {},
    { tls: { ...tls, serverName: 'node.example' } },
  );
  assert.equal((await named.client.listFiles()).shares.length, 0);
});

test('an IP address is never sent as server name, so Node warns of nothing', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  await using node = await openTlsNode(pki);
  await node.client.listFiles();
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});

test('TLS needs no --insecure on other addresses than loopback', async () => {
  await using node = await openTlsNode(pki, { listen: { host: '0.0.0.0', port: 0 } });
  const port = node.server.address.split(':')[1];
  await using client = await ProvenderClient.open({
    address: `127.0.0.1:${port}`,
    tls: await tlsOf(pki.ca),
  });
  assert.equal((await client.setShare(Uint8Array.of(1))).held, false);
});
