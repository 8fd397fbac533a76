import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { type CertificateFiles, TestCa } from '../support/certificates.ts';
import { eventually, type RpcNode } from '../support/rpc-node.ts';
import { openScratch } from '../support/scratch.ts';
import { LOCAL_NAMES, openPki, openTlsNode, tlsOf } from '../support/tls-node.ts';

const checkEveryMs = 20;
const own = { altNames: LOCAL_NAMES, usage: 'serverAuth' } as const;

/** The common name that a new connection is shown. */
async function shownName(node: RpcNode): Promise<string> {
  const [host, port] = node.server.address.split(':');
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const name: unknown = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return String(name);
}

function events(node: RpcNode, event: string): string[] {
  return node.logged.filter((line) => line.includes(`"event":"${event}"`));
}

/** Replaces both files, one after the other. */
async function replace(target: CertificateFiles, source: CertificateFiles): Promise<void> {
  await copyFile(source.certFile, target.certFile);
  await copyFile(source.keyFile, target.keyFile);
}

test('under load a certificate is replaced again and again, and no call fails', async () => {
  await using pki = await openPki();
  const { ca, server } = pki;
  await using node = await openTlsNode(pki, { tls: { ...server, checkEveryMs } });
  const names = ['first', 'second', 'third'];
  const others = await Promise.all(names.map((name) => ca.issue({ subject: `/CN=${name}`, ...own })));
  const file = randomBytes(2 ** 20);
  const tls = await tlsOf(ca);
  let isOver = false;
  let calls = 0;
  /** Half of the callers keep their connection, half make a new one each time. */
  const load = async (isNew: boolean): Promise<void> => {
    while (!isOver) {
      await using fresh = await ProvenderClient.open({ address: node.server.address, tls, channels: 1 });
      const client = isNew ? fresh : node.client;
      const { stat } = await client.setFile({ sizeBytes: file.length }, [file]);
      const { data } = await client.getFile(stat.id);
      for await (const piece of data) assert.ok(piece.length > 0);
      calls++;
    }
  };
  const loads = [true, false, true, false].map(load);
  for (const [i, name] of names.entries()) {
    await replace(server, others[i] ?? server);
    await eventually(`${name} is used`, () => events(node, 'certificate-changed').length === i + 1);
    const before = calls;
    assert.equal(await shownName(node), name);
    await eventually('calls go on', () => calls > before + 4);
  }
  isOver = true;
  await Promise.all(loads);
});

test('connections and calls that run are not touched by a change', async () => {
  await using pki = await openPki();
  const { ca, server } = pki;
  await using node = await openTlsNode(pki, { tls: { ...server, checkEveryMs } }, { channels: 1 });
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  node.shares.gate = () => opened;
  const call = node.client.setShare(Uint8Array.of(1));
  await eventually('it runs', () => node.server.runningCalls === 1);
  // of another CA: a new connection of the same client would not be made
  const otherCa = await TestCa.make(pki.scratch, 'new-ca');
  await replace(server, await otherCa.issue({ subject: '/CN=new', ...own }));
  await eventually('it is used', () => events(node, 'certificate-changed').length === 1);
  open();
  assert.equal((await call).held, false);
  assert.equal((await node.client.setShare(Uint8Array.of(1))).held, true);
  await using fresh = await ProvenderClient.open({ address: node.server.address, tls: await tlsOf(ca) });
  await assert.rejects(fresh.setShare(Uint8Array.of(1)), { code: 'PROVENDER_CONFIG' });
  await using knowing = await ProvenderClient.open({
    address: node.server.address,
    tls: await tlsOf(otherCa),
  });
  assert.equal((await knowing.setShare(Uint8Array.of(1))).held, true);
});

test('a pair that is no good is refused and said once, the old one stays until a good one comes', async () => {
  await using pki = await openPki();
  const { ca, server } = pki;
  await using node = await openTlsNode(pki, { tls: { ...server, checkEveryMs } });
  const other = await ca.issue({ subject: '/CN=other', ...own });
  const expired = await ca.issue({ subject: '/CN=old', ...own, validity: [-7200, -60] });
  const breakages: [string, () => Promise<void>][] = [
    ['does not fit the certificate', () => copyFile(other.keyFile, server.keyFile)],
    ['no private key in PEM', () => writeFile(server.keyFile, 'torn')],
    ['there is no such file', () => rm(server.keyFile)],
    ['holds no certificate', () => writeFile(server.certFile, '')],
    ['expired on', () => replace(server, expired)],
  ];
  for (const [i, [reason, breakIt]] of breakages.entries()) {
    await breakIt();
    // the missing key is the reason until it is there again
    if (i === 3) await writeFile(server.keyFile, await readFile(other.keyFile), { mode: 0o600 });
    await eventually(reason, () => events(node, 'certificate-refused').at(-1)?.includes(reason) === true);
    assert.equal(await shownName(node), 'node');
    await using client = await ProvenderClient.open({ address: node.server.address, tls: await tlsOf(ca) });
    await client.setShare(Uint8Array.of(i));
  }
  assert.equal(events(node, 'certificate-refused').length, breakages.length);
  await replace(server, other);
  await eventually('it is used', () => events(node, 'certificate-changed').length === 1);
  assert.equal(await shownName(node), 'other');
});

test('a secret of Kubernetes, which is a symbolic link that is swapped, is followed', async () => {
  await using pki = await openPki();
  await using scratch = await openScratch();
  const publish = async (version: string, files: CertificateFiles): Promise<void> => {
    await mkdir(scratch.at(version));
    await copyFile(files.certFile, scratch.at(version, 'tls.crt'));
    await copyFile(files.keyFile, scratch.at(version, 'tls.key'));
    await symlink(version, scratch.at('..data_tmp'));
    await rename(scratch.at('..data_tmp'), scratch.at('..data'));
  };
  await publish('..1', pki.server);
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), scratch.at(name));
  const server = { certFile: scratch.at('tls.crt'), keyFile: scratch.at('tls.key') };
  await using node = await openTlsNode(pki, { tls: { ...server, checkEveryMs } });
  await publish('..2', await pki.ca.issue({ subject: '/CN=swapped', ...own }));
  await eventually('it is used', () => events(node, 'certificate-changed').length === 1);
  assert.equal(await shownName(node), 'swapped');
  assert.equal(events(node, 'certificate-refused').length, 0);
});

test('the CAs of clients follow their file too', async () => {
  await using pki = await openPki();
  const { ca, scratch, server } = pki;
  const otherCa = await TestCa.make(scratch, 'next-ca');
  const clientCaFile = scratch.at('clients.pem');
  await copyFile(ca.certFile, clientCaFile);
  const tls = { ...server, clientCaFile, requireClientCert: true, checkEveryMs };
  const old = await ca.issue({ subject: '/CN=old', usage: 'clientAuth' });
  const next = await otherCa.issue({ subject: '/CN=next', usage: 'clientAuth' });
  await using node = await openTlsNode(pki, { tls }, { tls: await tlsOf(ca, old) });
  await node.client.setShare(Uint8Array.of(1));
  await copyFile(otherCa.certFile, clientCaFile);
  await eventually('it is used', () => events(node, 'certificate-changed').length === 1);
  const { address } = node.server;
  await using fresh = await ProvenderClient.open({ address, tls: await tlsOf(ca, old) });
  await assert.rejects(fresh.setShare(Uint8Array.of(1)), { code: /PROVENDER_(CONFIG|UNAVAILABLE)/ });
  await using client = await ProvenderClient.open({ address, tls: await tlsOf(ca, next) });
  assert.equal((await client.setShare(Uint8Array.of(1))).held, true);
});

test('a certificate that ends soon is warned of, one that has ended makes the node unready', async () => {
  await using pki = await openPki();
  const seconds = 3;
  const short = await pki.ca.issue({ subject: '/CN=short', ...own, validity: [-3600, seconds] });
  await using node = await openTlsNode({ ...pki, server: short }, { tls: { ...short, checkEveryMs } });
  assert.equal(events(node, 'certificate-expiring').length, 1);
  const { text } = await node.metrics.page();
  const [, left] =
    /^provender_tls_certificate_expiry_seconds\{certificate="server"\} (\S+)$/m.exec(text) ?? [];
  assert.ok(Number(left) > 0 && Number(left) <= seconds, `${left} s left`);
  await eventually('it has ended', () => events(node, 'certificate-expired').length === 1);
  await eventually('not ready', () => !node.health.readiness().ready);
  assert.match(node.health.readiness().reasons.join('\n'), /certificate: .* expired on/);
  await replace(short, await pki.ca.issue({ subject: '/CN=renewed', ...own }));
  await eventually('ready again', () => node.health.readiness().ready);
  assert.equal(events(node, 'certificate-expired').length, 1);
});
