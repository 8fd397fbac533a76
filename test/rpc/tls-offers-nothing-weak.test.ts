import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { openPki, openTlsNode } from '../support/tls-node.ts';

const pki = await openPki();
after(() => pki[Symbol.asyncDispose]());

/** What `openssl s_client` says of a connection, having sent nothing. */
async function handshake(address: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(
      'openssl',
      ['s_client', '-connect', address, '-CAfile', pki.ca.certFile, ...args],
      { timeout: 20_000 },
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
    child.stdin?.end();
  });
}

/** Lets openssl itself speak what is out of use. */
const WEAK = ['-cipher', 'ALL:@SECLEVEL=0'];

test('TLS 1.2 and 1.3 are spoken, both with h2', async () => {
  await using node = await openTlsNode(pki);
  for (const [flag, version] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    const said = await handshake(node.server.address, flag, '-alpn', 'h2');
    assert.match(said, /Verify return code: 0 \(ok\)|Verification: OK/);
    assert.match(said, new RegExp(`New, ${version}, Cipher is (TLS_|ECDHE-)`));
    assert.match(said, /ALPN protocol: h2/);
  }
});

test('TLS 1.0 and 1.1, and ciphers that HTTP/2 forbids, are refused', async () => {
  await using node = await openTlsNode(pki);
  for (const args of [
    ['-tls1', ...WEAK],
    ['-tls1_1', ...WEAK],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256'],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA'],
    ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'],
  ])
    assert.match(
      await handshake(node.server.address, '-alpn', 'h2', ...args),
      /Cipher is \(NONE\)/,
      args.join(' '),
    );
});

test('another protocol than h2 gets no connection', async () => {
  await using node = await openTlsNode(pki);
  assert.match(await handshake(node.server.address, '-alpn', 'http/1.1'), /no application protocol/);
  // no ALPN at all: the handshake is good, the connection ends by itself
  const before = node.logged.length;
  await handshake(node.server.address, '-ign_eof');
  assert.match(node.logged.slice(before).join('\n'), /does not speak h2/);
});

test('no session is resumed, so each connection is verified anew', async () => {
  await using node = await openTlsNode(pki);
  for (const flag of ['-tls1_2', '-tls1_3']) {
    const said = await handshake(node.server.address, flag, '-alpn', 'h2', '-reconnect');
    assert.match(said, /^New, /m);
    assert.doesNotMatch(said, /^Reused, /m);
  }
});

test('a client cannot renegotiate', { timeout: 30_000 }, async () => {
  await using node = await openTlsNode(pki);
  const [host, port] = node.server.address.split(':');
  const ca = await readFile(pki.ca.certFile);
  const options = { host, port: Number(port), ca, ALPNProtocols: ['h2'], maxVersion: 'TLSv1.2' } as const;
  const socket = connect(options);
  await once(socket, 'secureConnect');
  const error = await new Promise<Error | null>((resolve) => {
    socket.once('error', resolve);
    socket.renegotiate({}, resolve);
    socket.resume();
  });
  assert.match(error?.message ?? 'renegotiated', /no renegotiation/);
  socket.destroy();
});
