import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { type ClientTls, parseObjectId, ProvenderClient } from '../../src/rpc/client/index.ts';
import { selfSigned, TestCa } from '../support/certificates.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { LOCAL_NAMES, openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());
const { ca } = pki;
const own = { altNames: LOCAL_NAMES, usage: 'serverAuth' } as const;

/** What all kinds of calls to an address end with. */
async function refusals(address: string, tls?: ClientTls): Promise<Error[]> {
  await using client = await ProvenderClient.open({ address, ...(tls === undefined ? {} : { tls }) });
  const ends = await Promise.allSettled([
    client.listFiles(),
    client.setShare(Uint8Array.of(1)),
    client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]),
    client.readShares({ ids: [parseObjectId(new Uint8Array(32))] }).next(),
  ]);
  return ends.map((end) => (end.status === 'rejected' ? end.reason : new Error('it was answered')));
}

/** Each of them says the same: the setting is wrong, at this address, and this is what to do. */
async function assertMisfit(address: string, tls: ClientTls | undefined, text: RegExp): Promise<void> {
  for (const error of await refusals(address, tls)) {
    assert.ok('code' in error && 'retryable' in error, error.stack);
    assert.equal(error.code, 'PROVENDER_CONFIG', error.message);
    assert.equal(error.retryable, false);
    assert.match(error.message, text);
    assert.ok(error.message.includes(address), error.message);
  }
}

test('a CA that has not signed the certificate, and none at all', async () => {
  await using node = await openTlsNode(pki);
  const other = await TestCa.make(pki.scratch, 'other-ca');
  const untrusted = /certificate is no good \(unable to .*\): give the CA that signed it \(--tls-ca/;
  await assertMisfit(node.server.address, await tlsOf(other), untrusted);
  await assertMisfit(node.server.address, {}, untrusted);
});

test('a self-signed certificate, which is good when it is given as CA', async () => {
  const server = await selfSigned(pki.scratch, LOCAL_NAMES);
  await using node = await openTlsNode({ ...pki, server });
  await assertMisfit(node.server.address, await tlsOf(ca), /self-signed certificate\): give the CA/);
  const tls = { ca: await readFile(server.certFile) };
  await using client = await ProvenderClient.open({ address: node.server.address, tls });
  assert.equal((await client.listFiles()).shares.length, 0);
});

test('a certificate of another name', async () => {
  const server = await ca.issue({ subject: '/CN=x', altNames: 'DNS:elsewhere.example', usage: 'serverAuth' });
  await using node = await openTlsNode({ ...pki, server });
  await assertMisfit(
    node.server.address,
    await tlsOf(ca),
    /127\.0\.0\.1 is not in the cert's list.*call the node by a name that its certificate has.*--tls-server-name/s,
  );
  const wrongName = { ...(await tlsOf(ca)), serverName: 'node.example' };
  await assertMisfit(
    node.server.address,
    wrongName,
    /node\.example\. is not in the cert's altnames: DNS:elsewhere/,
  );
});

test('a certificate that has expired, that is not valid yet, or that is for clients', async () => {
  const cases = [
    [await ca.issue({ subject: '/CN=n', ...own, validity: [-7200, -60] }), /expired\): renew the node's/],
    [
      await ca.issue({ subject: '/CN=n', ...own, validity: [3600, 7200] }),
      /not yet valid\): check the clocks/,
    ],
    [
      await ca.issue({ subject: '/CN=n', ...own, usage: 'clientAuth' }),
      /purpose\): give the node a certificate/,
    ],
  ] as const;
  for (const [files, text] of cases) {
    // our own server would not start with these
    const server = createTlsServer({
      cert: await readFile(files.certFile),
      key: await readFile(files.keyFile),
      ALPNProtocols: ['h2'],
    }).on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await assertMisfit(`127.0.0.1:${port}`, await tlsOf(ca), text);
    server.close();
  }
});

test('TLS to a node that speaks plain text', async () => {
  await using node = await openRpcNode();
  await assertMisfit(node.server.address, await tlsOf(ca), /answers in plain text: call it without a CA/);
});

test('plain text to a node that speaks TLS', async () => {
  await using node = await openTlsNode(pki);
  for (const error of await refusals(node.server.address)) {
    assert.ok('code' in error);
    assert.equal(error.code, 'PROVENDER_UNAVAILABLE');
    assert.match(error.message, /it may speak TLS \(give its CA: --tls-ca, tls\)/);
  }
});

test('a node that asks for a certificate of its clients', async () => {
  const alice = await ca.issue({ subject: '/CN=alice', usage: 'clientAuth' });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const server = createTlsServer({
      cert: await readFile(pki.server.certFile),
      key: await readFile(pki.server.keyFile),
      ca: await readFile(ca.certFile),
      requestCert: true,
      maxVersion,
      ALPNProtocols: ['h2'],
    }).on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await assertMisfit(`127.0.0.1:${port}`, await tlsOf(ca), /refuses our certificate, or our having none/);
    server.close();
  }
  await using node = await openTlsNode(
    pki,
    { tls: { ...pki.server, clientCaFile: ca.certFile, requireClientCert: true } },
    { tls: await tlsOf(ca, alice) },
  );
  assert.equal((await node.client.listFiles()).shares.length, 0);
  await assertMisfit(node.server.address, await tlsOf(ca), /give one that its client CA has signed/);
});

test('TLS to something that is neither', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined).end()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const bound = silent.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  for (const error of await refusals(`127.0.0.1:${port}`, await tlsOf(ca))) {
    assert.ok('code' in error);
    assert.equal(error.code, 'PROVENDER_UNAVAILABLE');
    assert.match(
      error.message,
      /may refuse the certificate of this client, or have all its connections taken/,
    );
  }
  silent.close();
});

test('PEM that is no good, and a certificate without its key, are refused at once', async () => {
  const cert = await readFile(pki.server.certFile);
  for (const tls of [{ cert }, { key: cert }, { cert, key: cert }])
    await assert.rejects(ProvenderClient.open({ tls }), { code: 'PROVENDER_CONFIG', message: /^tls: / });
});
