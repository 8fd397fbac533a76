import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { filled, fromHex, hex } from '../support/payment-fixtures.ts';
import { BOTH } from './both-recovery-paths.ts';

/** p, n and G of SEC 2, section 2.4.1. */
const PRIME = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const BASE_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const DIGEST = filled(32, 0x5a);

function bytesOf(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, '0'));
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(bytes)}`);
}

function modulo(number: bigint, by: bigint): bigint {
  return ((number % by) + by) % by;
}

function powerOf(base: bigint, exponent: bigint, by: bigint): bigint {
  let power = 1n;
  for (
    let square = modulo(base, by), rest = exponent;
    rest > 0n;
    rest >>= 1n, square = (square * square) % by
  )
    if ((rest & 1n) === 1n) power = (power * square) % by;
  return power;
}

/** Whether a point has this x, by Euler's criterion. */
function isOnCurve(x: bigint): boolean {
  return powerOf(x ** 3n + 7n, (PRIME - 1n) / 2n, PRIME) === 1n;
}

function inverseOf(number: bigint): bigint {
  return powerOf(number, ORDER - 2n, ORDER);
}

function signatureOf(r: bigint, s: bigint): Uint8Array {
  return Uint8Array.of(...bytesOf(r), ...bytesOf(s));
}

/** Whether the key is one that the signature holds for, by the equation of SEC 1, section 4.1.4, step 5. */
function isKeyOf(key: Uint8Array, digest: Uint8Array, r: bigint, s: bigint): boolean {
  const { Point } = secp256k1;
  const ofBase = modulo(numberOf(digest) * inverseOf(s), ORDER);
  const ofKey = modulo(r * inverseOf(s), ORDER);
  const point = Point.fromBytes(Uint8Array.of(4, ...key));
  return modulo(Point.BASE.multiplyUnsafe(ofBase).add(point.multiplyUnsafe(ofKey)).x, ORDER) === r;
}

for (const { path, recover } of BOTH) {
  test(`${path}: r and s count from 1 to n - 1 only`, () => {
    const wrong = [0n, ORDER, ORDER + 1n, PRIME - 1n, PRIME, PRIME + 1n, 2n ** 256n - 1n];
    for (const number of wrong)
      for (const parity of [0, 1] as const) {
        assert.equal(recover({ digest: DIGEST, signature: signatureOf(number, 1n), parity }), undefined);
        assert.equal(recover({ digest: DIGEST, signature: signatureOf(BASE_X, number), parity }), undefined);
        assert.equal(recover({ digest: DIGEST, signature: signatureOf(number, number), parity }), undefined);
      }
  });

  test(`${path}: each r that is on the curve gives a key that the signature holds for, others none`, () => {
    const around = [1n, PRIME - ORDER - 2n, ORDER - 8n, BASE_X, ORDER / 2n];
    const all = around.flatMap((from) => Array.from({ length: 4 }, (_, i) => from + BigInt(i)));
    for (const r of all)
      for (const s of [1n, ORDER / 2n + 1n, ORDER - 1n]) {
        const keys = ([0, 1] as const).map((parity) =>
          recover({ digest: DIGEST, signature: signatureOf(r, s), parity }),
        );
        for (const key of keys) {
          assert.equal(key !== undefined, isOnCurve(r), `r ${r}`);
          if (key !== undefined) assert.ok(isKeyOf(key, DIGEST, r, s), `r ${r} s ${s}`);
        }
        if (isOnCurve(r)) assert.notDeepEqual(keys[0], keys[1]);
      }
    assert.ok(all.some(isOnCurve) && !all.every(isOnCurve));
  });

  test(`${path}: an r below p - n is not taken for r + n`, () => {
    const small = Array.from({ length: 60 }, (_, i) => BigInt(i + 1));
    const others = small.filter((r) => !isOnCurve(r) && isOnCurve(r + ORDER));
    assert.ok(others.length > 5);
    for (const r of others)
      for (const parity of [0, 1] as const)
        assert.equal(recover({ digest: DIGEST, signature: signatureOf(r, 7n), parity }), undefined);
  });

  test(`${path}: the point at infinity is nobody's key`, () => {
    for (const factor of [1n, 2n, 3n, 0x1234567n, ORDER - 1n]) {
      const nonce = secp256k1.Point.BASE.multiply(factor);
      const s = modulo(numberOf(DIGEST) * inverseOf(factor), ORDER);
      const signature = signatureOf(nonce.x, s);
      const parity = (nonce.y & 1n) === 0n ? 0 : 1;
      assert.equal(recover({ digest: DIGEST, signature, parity }), undefined);
      const other = recover({ digest: DIGEST, signature, parity: parity === 0 ? 1 : 0 });
      assert.ok(other !== undefined && isKeyOf(other, DIGEST, nonce.x, s));
    }
  });

  test(`${path}: a digest counts modulo n, and may be 0`, () => {
    const signature = signatureOf(BASE_X, 5n);
    const keyOf = (digest: bigint): string => {
      const key = recover({ digest: bytesOf(digest), signature, parity: 0 });
      assert.ok(key !== undefined && isKeyOf(key, bytesOf(digest), BASE_X, 5n));
      return hex(key);
    };
    assert.equal(keyOf(0n), keyOf(ORDER));
    assert.equal(keyOf(1n), keyOf(ORDER + 1n));
    assert.equal(keyOf(2n ** 256n - 1n), keyOf(2n ** 256n - 1n - ORDER));
  });
}
