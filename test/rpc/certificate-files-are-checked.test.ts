import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { checkIdentity, type IdentityFiles, readIdentity } from '../../src/rpc/tls/identity-files.ts';
import { endsSoon } from '../../src/rpc/tls/key-pair.ts';
import { TestCa } from '../support/certificates.ts';
import { openPki } from '../support/tls-node.ts';

async function load(files: IdentityFiles): Promise<ReturnType<typeof checkIdentity>> {
  return checkIdentity(files, await readIdentity(files), Date.now());
}

async function assertRefused(files: IdentityFiles, file: string, text: RegExp): Promise<void> {
  await assert.rejects(load(files), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'PROVENDER_CONFIG');
    assert.ok(error.message.startsWith(`${file}: `), error.message);
    assert.match(error.message, text);
    return true;
  });
}

test('a good pair is taken, with keys of several kinds and with intermediates', async () => {
  await using pki = await openPki();
  const { ca, scratch, server } = pki;
  const kinds = [['rsa:2048'], ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], ['ed25519']];
  for (const newkey of kinds) {
    const identity = await load(await ca.issue({ subject: '/CN=x', usage: 'serverAuth', newkey }));
    assert.ok(Math.abs(identity.expiresAt - Date.now() - 86_400_000) < 60_000);
  }
  const chain = scratch.at('chain.pem');
  await writeFile(
    chain,
    `a comment\n${await readFile(server.certFile, 'utf8')}\n${await readFile(ca.certFile, 'utf8')}`,
  );
  const identity = await load({ ...server, certFile: chain, clientCaFile: ca.certFile });
  assert.equal(identity.authorities?.ca.length, (await readFile(ca.certFile)).length);
});

test('files that are missing, unreadable as PEM, or directories', async () => {
  await using pki = await openPki();
  const { scratch, server } = pki;
  const missing = scratch.at('missing.pem');
  await assertRefused({ ...server, certFile: missing }, missing, /no such file: check the path/);
  await assertRefused({ ...server, keyFile: missing }, missing, /no such file: check the path/);
  await assertRefused({ ...server, clientCaFile: missing }, missing, /no such file: check the path/);
  await mkdir(scratch.at('folder'));
  await assertRefused({ ...server, certFile: scratch.at('folder') }, scratch.at('folder'), /is a directory/);
  const text = scratch.at('text');
  await writeFile(text, 'no PEM', { mode: 0o600 });
  await assertRefused({ ...server, certFile: text }, text, /holds no certificate in PEM/);
  await assertRefused({ ...server, keyFile: text }, text, /is no private key in PEM/);
  await assertRefused({ ...server, clientCaFile: text }, text, /holds no certificate in PEM/);
  const damaged = scratch.at('damaged');
  const pem = await readFile(server.certFile, 'utf8');
  await writeFile(damaged, pem.replace(/\n[^\n]{10}/, '\nAAAAAAAAAA'));
  await assertRefused({ ...server, certFile: damaged }, damaged, /holds a damaged certificate/);
});

test('keys that do not fit, that everybody may read, or that have a passphrase', async () => {
  await using pki = await openPki();
  const { ca, scratch, server } = pki;
  const other = await ca.issue({ subject: '/CN=other', usage: 'serverAuth' });
  await assertRefused(
    { ...server, keyFile: other.keyFile },
    other.keyFile,
    /does not fit the certificate in/,
  );
  const swapped = scratch.at('swapped.pem');
  await writeFile(
    swapped,
    `${await readFile(ca.certFile, 'utf8')}${await readFile(server.certFile, 'utf8')}`,
  );
  await assertRefused({ ...server, certFile: swapped }, swapped, /is number 2: write it first/);
  for (const mode of [0o644, 0o604, 0o602]) {
    await chmod(server.keyFile, mode);
    await assertRefused(
      server,
      server.keyFile,
      new RegExp(`mode 0${mode.toString(8)} lets everybody.*chmod 600`),
    );
  }
  for (const mode of [0o600, 0o400, 0o640, 0o440]) {
    await chmod(server.keyFile, mode);
    await load(server);
  }
  const locked = scratch.at('locked.key');
  execFileSync('openssl', ['pkey', '-in', server.keyFile, '-aes256', '-passout', 'pass:x', '-out', locked]);
  await assertRefused({ ...server, keyFile: locked }, locked, /has a passphrase/);
});

test('certificates that are out of time, for clients, or too weak', async () => {
  await using pki = await openPki();
  const { ca, scratch, server } = pki;
  const refused: [Parameters<TestCa['issue']>[0], RegExp][] = [
    [{ subject: '/CN=x', validity: [-7200, -60] }, /CN=x expired on .*: renew it/],
    [
      { subject: '/CN=x', validity: [3600, 7200] },
      /CN=x is valid from .*: wait, or set this machine's clock/,
    ],
    [
      { subject: '/CN=x', usage: 'clientAuth' },
      /is not for a server \(extended key usage without serverAuth\)/,
    ],
  ];
  for (const [options, text] of refused) {
    const files = await ca.issue(options);
    await assertRefused(files, files.certFile, text);
  }
  const weak = await ca.issue({ subject: '/CN=x', newkey: ['rsa:1024'] });
  await assertRefused(weak, weak.keyFile, /an RSA key of 1024 bits, at least 2048/);
  const old = await TestCa.make(scratch, 'old-ca');
  const { certFile } = await old.issue({ subject: '/CN=ca', validity: [-7200, -60] });
  await assertRefused({ ...server, clientCaFile: certFile }, certFile, /all its CAs expired/);
});

test('renewing is asked for 30 days before the end, or in the last quarter of a short life', () => {
  const day = 86_400_000;
  const pair = (life: number) => ({
    cert: Buffer.alloc(0),
    key: Buffer.alloc(0),
    validFrom: 0,
    expiresAt: life,
  });
  for (const [life, left, isSoon] of [
    [365, 31, false],
    [365, 30, true],
    [90, 23, false],
    [90, 22, true],
    [1, 0.3, false],
    [1, 0.25, true],
  ] as const)
    assert.equal(endsSoon(pair(life * day), (life - left) * day), isSoon, `${left} of ${life} days`);
});
