import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { recoverPublicKey, recoveryKernelInfo } from '../../src/payments/kernels.ts';
import { recoverPublicKey as reference, type SignedDigest } from '../../src/payments/public-key-recovery.ts';

// noble takes 1.4 ms for each
const COUNT = process.env['PROVENDER_TEST_LONG'] === '1' ? 10_000 : 1000;
const KEYS = 16;
const SEED = process.env['PROVENDER_TEST_SEED'] ?? 'recovery';

/** 32 bytes that look random and are the same for the same words. */
function drawn(...words: readonly (string | number)[]): Uint8Array {
  return createHash('sha256')
    .update([SEED, ...words].join(' '))
    .digest();
}

const SECRETS = Array.from({ length: KEYS }, (_, i) => drawn('key', i));
const PUBLIC = SECRETS.map((secret) => secp256k1.getPublicKey(secret, false).subarray(1));

/** The signature of a key, every other one with a high s. */
function signed(i: number): SignedDigest {
  const digest = drawn('digest', i);
  const bytes = secp256k1.sign(digest, drawn('key', i % KEYS), {
    prehash: false,
    format: 'recovered',
    lowS: i % 2 === 0,
  });
  return { digest, signature: bytes.subarray(1), parity: bytes[0] === 0 ? 0 : 1 };
}

/** The same with one thing changed: a bit, a byte, a half, or the parity. */
function spoilt(i: number): SignedDigest {
  const good = signed(i);
  const [kind = 0, at = 0, by = 0] = drawn('spoil', i);
  const signature = Uint8Array.from(good.signature);
  const place = at % signature.length;
  if (kind % 4 === 0) return { ...good, parity: good.parity === 0 ? 1 : 0 };
  if (kind % 4 === 1) signature[place] = (signature[place] ?? 0) ^ (1 << (by % 8));
  if (kind % 4 === 2) signature.set(drawn('half', i), place < 32 ? 0 : 32);
  // nine bytes at least: one may have been 0 or 255 before
  if (kind % 4 === 3) signature.fill(by % 2 === 0 ? 0 : 0xff, place & 32, (place & 32) + 9 + (by % 24));
  return { ...good, signature };
}

test('the native path is there to be tested', () => {
  assert.deepEqual(recoveryKernelInfo(), { native: true });
});

test(`${COUNT} signatures of ${KEYS} keys have the same signer on both paths, who is the one that signed (seed ${SEED})`, () => {
  for (let i = 0; i < COUNT; i++) {
    const question = signed(i);
    const key = recoverPublicKey(question);
    assert.deepEqual(key, PUBLIC[i % KEYS], `signature ${i}`);
    assert.deepEqual(reference(question), key, `signature ${i}`);
  }
});

test(`${COUNT} spoilt signatures have the same signer on both paths, or none on both (seed ${SEED})`, () => {
  let none = 0;
  for (let i = 0; i < COUNT; i++) {
    const question = spoilt(i);
    const key = recoverPublicKey(question);
    assert.deepEqual(key, reference(question), `signature ${i}`);
    assert.notDeepEqual(key, PUBLIC[i % KEYS], `signature ${i}`);
    if (key === undefined) none++;
  }
  assert.ok(none > COUNT / 10 && none < COUNT / 2, `${none} of ${COUNT} without a signer`);
});
