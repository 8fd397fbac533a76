import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { scrypt } from '@noble/hashes/scrypt.js';
import { keccak256 } from 'viem';
import { readKeyFile, readPassphraseFile } from '../../src/rpc/client/index.ts';
import { openScratch } from '../support/scratch.ts';

const noPassphrase = async (): Promise<undefined> => undefined;
/** Private key of the published vector. */
const SECRET = '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const ADDRESS = '0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b';

/** Test vector of the definition of the Web3 Secret Storage; the passphrase is "testpassword". */
const PBKDF2 = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
};
/** A published vector that OpenSSL refuses: n has to be below 2^(16 r). */
const BEYOND = JSON.stringify({
  ...PBKDF2,
  crypto: {
    ...PBKDF2.crypto,
    kdf: 'scrypt',
    kdfparams: { dklen: 32, n: 262144, r: 1, p: 8, salt: PBKDF2.crypto.kdfparams.salt },
  },
});

/** Encrypted as the definition says, with another scrypt and another keccak than the code has. */
function scryptKeystore() {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const [n, r, p] = [8192, 8, 1];
  const derived = scrypt(Buffer.from('testpassword'), salt, { N: n, r, p, dkLen: 32 });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(SECRET, 'hex')), cipher.final()]);
  const mac = keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2);
  return {
    version: 3,
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { n, r, p, dklen: 32, salt: salt.toString('hex') },
      mac,
    },
  };
}

test('a key is read from hex, with or without 0x', async () => {
  await using scratch = await openScratch();
  for (const text of [SECRET, `0x${SECRET}\n`, SECRET.toUpperCase()]) {
    const path = scratch.at('key');
    await writeFile(path, text, { mode: 0o600 });
    const { address, privateKey } = await readKeyFile(path, noPassphrase);
    assert.equal(address, ADDRESS);
    assert.equal(Buffer.from(privateKey).toString('hex'), SECRET);
  }
});

for (const [name, keystore] of [
  ['PBKDF2', PBKDF2],
  ['scrypt', scryptKeystore()],
] as const) {
  test(`a keystore by ${name} gives its key`, async () => {
    await using scratch = await openScratch();
    const path = scratch.at('keystore.json');
    await writeFile(path, JSON.stringify(keystore), { mode: 0o600 });
    assert.equal((await readKeyFile(path, async () => 'testpassword')).address, ADDRESS);
    await assert.rejects(
      readKeyFile(path, async () => 'testpasswort'),
      /the passphrase is wrong/,
    );
    await assert.rejects(readKeyFile(path, noPassphrase), /PROVENDER_KEY_PASSPHRASE/);
  });
}

test('a key that others may read is refused with what to do', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('key');
  await writeFile(path, SECRET, { mode: 0o600 });
  for (const mode of [0o640, 0o604, 0o660, 0o620]) {
    await chmod(path, mode);
    await assert.rejects(readKeyFile(path, noPassphrase), { message: new RegExp(`chmod 600 ${path}`) });
  }
  for (const mode of [0o600, 0o400]) {
    await chmod(path, mode);
    await readKeyFile(path, noPassphrase);
  }
});

test('what is no key is refused and not shown', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('key');
  const zero = '0'.repeat(64);
  for (const text of [
    '',
    'abc',
    SECRET.slice(1),
    `${SECRET}00`,
    zero,
    '{"version":3}',
    '{',
    '{"version":1}',
    BEYOND,
  ]) {
    await writeFile(path, text, { mode: 0o600 });
    await assert.rejects(
      readKeyFile(path, async () => 'testpassword'),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'PROVENDER_CONFIG');
        assert.ok(text.length < 3 || !error.message.includes(text.slice(0, 60)), error.message);
        return true;
      },
    );
  }
  await assert.rejects(readKeyFile(scratch.at('none'), noPassphrase), /no such file/);
  await assert.rejects(readKeyFile(scratch.path, noPassphrase), /is no plain file/);
});

test('a passphrase file ends with its line', async () => {
  await using scratch = await openScratch();
  const path = scratch.at('words');
  await writeFile(path, 'a b \r\n', { mode: 0o600 });
  assert.equal(await readPassphraseFile(path), 'a b ');
});
