import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { isNodeKey, isSigned, signMessage } from '../../src/placement/messages/signed-message.ts';
import { signerOf } from '../support/message-signer.ts';
import { bytesOf } from '../support/placement-fixtures.ts';
import { isSignedPlainly, taggedHash } from './plain-messages.ts';

const signer = signerOf(bytesOf('signer'));
const { Point } = ed25519;
const { Fn } = Point;
const ORDER = Fn.ORDER;

function little(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function littleBytes(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
}

test('a message is signed by its signer and by nobody else, as OpenSSL and noble see it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (unsigned) => {
      const message = signMessage(unsigned, signer);
      assert.equal(message.length, unsigned.length + 64);
      assert.ok(isSigned(message, signer.publicKey));
      assert.ok(isSignedPlainly(message, signer));
      const digest = taggedHash('msg', unsigned);
      assert.ok(ed25519.verify(message.subarray(-64), digest, signer.publicKey, { zip215: false }));
      assert.ok(!isSigned(message, signerOf(bytesOf('somebody')).publicKey));
    }),
    { numRuns: 20 },
  );
});

test('hostile bytes and keys are an answer', () => {
  const message = signMessage(bytesOf('message'), signer);
  for (const length of [0, 1, 63]) assert.ok(!isSigned(message.subarray(0, length), signer.publicKey));
  for (const length of [0, 31, 33]) assert.ok(!isSigned(message, new Uint8Array(length)));
  for (const fill of [0, 1, 0x7f, 0xff]) assert.ok(!isSigned(message, new Uint8Array(32).fill(fill)));
});

test('keys of small order, keys with a torsion point and other encodings are no node keys', () => {
  assert.ok(isNodeKey(signer.publicKey));
  const honest = Point.fromBytes(signer.publicKey);
  for (const hex of ED25519_TORSION_SUBGROUP) {
    const torsion = Point.fromHex(hex);
    assert.ok(!isNodeKey(torsion.toBytes()));
    if (!torsion.equals(Point.ZERO)) assert.ok(!isNodeKey(honest.add(torsion).toBytes()));
  }
  const p = 2n ** 255n - 19n;
  for (const y of [0n, 1n, 3n, 18n]) assert.ok(!isNodeKey(littleBytes(p + y)));
});

test('another s, and an R with a torsion point, are refused', () => {
  const unsigned = bytesOf('message');
  const digest = taggedHash('msg', unsigned);
  const message = signMessage(unsigned, signer);
  const s = little(message.subarray(-32)) + ORDER;
  assert.ok(!isSigned(Buffer.concat([message.subarray(0, -32), littleBytes(s)]), signer.publicKey));
  // R + T with a challenge made for it: noble, which multiplies by the cofactor, accepts; the equation without cofactor does not hold.
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(bytesOf('signer'));
  const [, torsionHex = ''] = ED25519_TORSION_SUBGROUP;
  const nonce = 12_345n;
  const r = Point.BASE.multiply(nonce).add(Point.fromHex(torsionHex)).toBytes();
  const forged = Buffer.concat([
    r,
    littleBytes(Fn.create(nonce + challengeOf(r, pointBytes, digest) * scalar)),
  ]);
  assert.ok(ed25519.verify(forged, digest, signer.publicKey, { zip215: false }));
  assert.ok(!isSigned(Buffer.concat([unsigned, forged]), signer.publicKey));
});

/** k of RFC 8032, section 5.1.7. */
function challengeOf(r: Uint8Array, key: Uint8Array, digest: Uint8Array): bigint {
  return Fn.create(
    little(
      createHash('sha512')
        .update(Buffer.concat([r, key, digest]))
        .digest(),
    ),
  );
}
