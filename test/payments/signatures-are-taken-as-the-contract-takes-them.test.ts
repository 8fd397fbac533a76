import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createECDH, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { recoverMessageAddress } from 'viem';
import { keccak256 } from '../../src/payments/keccak.ts';
import { addressOfKey, recoverSigner, signMessage } from '../../src/payments/signatures.ts';
import { digestOf, paymentMessage } from '../../src/payments/signed-messages.ts';
import { addressByOpenssl, anAddress, filled, fromHex, hex } from '../support/payment-fixtures.ts';
import { hasSystemTool } from '../support/system-tool.ts';

/** Order of the group, from SEC 2, section 2.4.1. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const KEY = filled(32, 0x42);
const MESSAGE = paymentMessage(anAddress(1), { channelId: 42n, nonce: 3n, amount: 12_345n });

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(bytes)}`);
}

function withV(signature: Uint8Array, v: number): Uint8Array {
  const other = Uint8Array.from(signature);
  other[64] = v;
  return other;
}

function withNumbers(r: bigint, s: bigint, v: number): Uint8Array {
  return fromHex(
    r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0') + v.toString(16).padStart(2, '0'),
  );
}

/** The other signature that everybody can make of one: s from the other side of the order, and the other point. */
function mirrored(signature: Uint8Array): Uint8Array {
  const s = ORDER - numberOf(signature.subarray(32, 64));
  return withNumbers(numberOf(signature.subarray(0, 32)), s, (signature[64] ?? 0) === 27 ? 28 : 27);
}

test('signatures of any key and message are recovered as viem recovers them, and to the key that OpenSSL knows', async () => {
  const numbers = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
  const key = fc
    .bigInt({ min: 1n, max: ORDER - 1n })
    .map((value) => fromHex(value.toString(16).padStart(64, '0')));
  await fc.assert(
    fc.asyncProperty(key, numbers, numbers, numbers, async (privateKey, channelId, nonce, amount) => {
      const message = paymentMessage(anAddress(5), { channelId, nonce, amount });
      const signature = signMessage(message, privateKey);
      const address = addressByOpenssl(privateKey);
      assert.equal(addressOfKey(privateKey), address);
      for (const form of [signature, mirrored(signature)]) {
        assert.equal(recoverSigner(message, form), address);
        const theirs = await recoverMessageAddress({
          message: { raw: `0x${hex(keccak256(message))}` },
          signature: `0x${hex(form)}`,
        });
        assert.equal(theirs.toLowerCase(), address);
      }
    }),
    { numRuns: 25 },
  );
});

test('OpenSSL verifies what is signed', async (t) => {
  if (!hasSystemTool(t, 'openssl')) return;
  const folder = await mkdtemp(join(tmpdir(), 'provender-signatures-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const signature = signMessage(MESSAGE, KEY);
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const verify = (digest: Uint8Array): string =>
    execFileSync(
      'openssl',
      [
        'pkeyutl',
        '-verify',
        '-pubin',
        '-keyform',
        'DER',
        '-inkey',
        file('key', publicKeyDer(KEY)),
        '-sigfile',
        file('sig', der(signature)),
        '-in',
        file('digest', digest),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    ).toString();
  assert.match(verify(digestOf(MESSAGE)), /Verified Successfully/);
  assert.throws(() => verify(digestOf(MESSAGE.subarray(1))));
});

test('v counts by its remainder: 0, 27, 54 and so on name one point, the next ones the other, the rest nobody', () => {
  const signature = signMessage(MESSAGE, KEY);
  const signer = addressByOpenssl(KEY);
  const own = (signature[64] ?? 0) - 27;
  for (let v = 0; v < 256; v++) {
    const found = recoverSigner(MESSAGE, withV(signature, v));
    if (v % 27 === own) assert.equal(found, signer, `v ${v}`);
    else if (v % 27 === 1 - own) assert.ok(found !== undefined && found !== signer, `v ${v}`);
    else assert.equal(found, undefined, `v ${v}`);
  }
});

test('a high s is taken, as the contract takes it', () => {
  const high = mirrored(signMessage(MESSAGE, KEY));
  assert.ok(numberOf(high.subarray(32, 64)) > ORDER / 2n);
  assert.equal(recoverSigner(MESSAGE, high), addressByOpenssl(KEY));
});

test('what is no signature names nobody and throws nothing', () => {
  const signature = signMessage(MESSAGE, KEY);
  const r = numberOf(signature.subarray(0, 32));
  const s = numberOf(signature.subarray(32, 64));
  const bad = [
    new Uint8Array(),
    signature.subarray(0, 64),
    Uint8Array.of(...signature, 0),
    filled(65, 0),
    filled(65, 0xff),
    withNumbers(0n, s, 27),
    withNumbers(r, 0n, 27),
    withNumbers(ORDER, s, 27),
    withNumbers(r, ORDER, 27),
    withNumbers(ORDER + 1n, s, 27),
    withNumbers(5n, s, 27), // no point of the curve has x = 5
  ];
  for (const bytes of bad) assert.equal(recoverSigner(MESSAGE, bytes), undefined, hex(bytes));
});

test('any bytes in place of a signature name nobody or somebody, and throw nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 60, maxLength: 70 }), (bytes) => {
      const found = recoverSigner(MESSAGE, bytes);
      assert.ok(found === undefined || /^0x[0-9a-f]{40}$/.test(found));
      if (bytes.length !== 65) assert.equal(found, undefined);
    }),
    { numRuns: 60 },
  );
});

test('bytes that are no key are refused without being shown', () => {
  for (const key of [filled(31, 1), filled(33, 1), filled(32, 0), filled(32, 0xff), new Uint8Array()]) {
    for (const use of [() => signMessage(MESSAGE, key), () => addressOfKey(key)])
      assert.throws(use, (error: Error) => {
        assert.match(error.message, /^private key: \d+ bytes/);
        return key.length === 0 || !error.message.includes(hex(key));
      });
  }
});

function publicKeyDer(privateKey: Uint8Array): Uint8Array {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(privateKey);
  const point = pair.getPublicKey();
  const key = createPublicKey({
    key: {
      kty: 'EC',
      crv: 'secp256k1',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }));
}

/** ECDSA-Sig-Value of RFC 3279. */
function der(signature: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): Uint8Array => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const digits = bytes.subarray(first);
    const body = (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...digits) : digits;
    return Uint8Array.of(2, body.length, ...body);
  };
  const body = [...integer(signature.subarray(0, 32)), ...integer(signature.subarray(32, 64))];
  return Uint8Array.of(0x30, body.length, ...body);
}
