import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { type CurvePoint, ECVRF_ELL2, proveVrf, VRF_PROOF_SIZE } from '../../src/vrf/ecvrf.ts';
import { BOTH } from './both-paths.ts';

const { Point } = ed25519;
const { Fn } = Point;
const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const { scalar, point: KEY, pointBytes: PUBLIC } = ed25519.utils.getExtendedPublicKey(SECRET);
const ALPHA = Uint8Array.from(Buffer.from('which of us'));
const INPUT = ECVRF_ELL2.encode(PUBLIC, ALPHA);
const PROOF = proveVrf(SECRET, ALPHA);
/** The points whose order divides 8. */
const SMALL = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

function little(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function littleBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse());
}

/** c over these points, as the RFC says, or without Y as drafts up to 10 had it. */
function challengeOf(points: readonly CurvePoint[]): Uint8Array {
  const hash = createHash('sha512').update(Uint8Array.of(4, 2));
  for (const point of points) hash.update(point.toBytes());
  return Uint8Array.from(hash.update(Uint8Array.of(0)).digest().subarray(0, 16));
}

/** A proof for any Γ and key point, by whoever knows the scalar. */
function forged({ gamma, key, nonce }: { gamma: CurvePoint; key: CurvePoint; nonce: bigint }): Uint8Array {
  const c = challengeOf([key, INPUT, gamma, Point.BASE.multiply(nonce), INPUT.multiply(nonce)]);
  const s = Fn.create(nonce + little(c) * scalar);
  return Buffer.concat([gamma.toBytes(), c, littleBytes(s, 32)]);
}

/** The rule of the RFC without the strict part: points of any order. */
function isAcceptedLoosely(key: CurvePoint, proof: Uint8Array): boolean {
  const gamma = Point.fromBytes(proof.subarray(0, 32));
  const [c, s] = [little(proof.subarray(32, 48)), little(proof.subarray(48))];
  const u = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(c));
  const v = INPUT.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(c));
  return Buffer.compare(challengeOf([key, INPUT, gamma, u, v]), proof.subarray(32, 48)) === 0;
}

for (const { path, prove, verify } of BOTH) {
  test(`${path}: a torsion point added to gamma is refused where the rule of the RFC alone accepts it`, () => {
    const honest = Point.fromBytes(PROOF.subarray(0, 32));
    for (const torsion of SMALL.filter((point) => !point.equals(Point.ZERO))) {
      const gamma = honest.add(torsion);
      let accepted = 0;
      for (let nonce = 1n; accepted === 0; nonce++) {
        const proof = forged({ gamma, key: KEY, nonce });
        assert.equal(verify(PUBLIC, ALPHA, proof), undefined);
        if (isAcceptedLoosely(KEY, proof)) accepted++;
      }
    }
    const honestAgain = forged({ gamma: honest, key: KEY, nonce: 77n });
    assert.ok(isAcceptedLoosely(KEY, honestAgain));
    assert.deepEqual(verify(PUBLIC, ALPHA, honestAgain), verify(PUBLIC, ALPHA, PROOF));
  });

  test(`${path}: keys of small order, and keys with a torsion point, are refused`, () => {
    for (const torsion of SMALL) {
      assert.equal(verify(torsion.toBytes(), ALPHA, PROOF), undefined);
      if (!torsion.equals(Point.ZERO))
        assert.equal(verify(KEY.add(torsion).toBytes(), ALPHA, PROOF), undefined);
    }
  });

  test(`${path}: another encoding of a number or of a point is refused`, () => {
    const s = little(PROOF.subarray(48)) + Fn.ORDER;
    assert.ok(s < 2n ** 256n);
    assert.equal(
      verify(PUBLIC, ALPHA, Buffer.concat([PROOF.subarray(0, 48), littleBytes(s, 32)])),
      undefined,
    );
    const p = 2n ** 255n - 19n;
    for (const y of [0n, 1n, 3n, 18n]) {
      const unusual = littleBytes(p + y, 32);
      assert.equal(verify(unusual, ALPHA, PROOF), undefined);
      assert.equal(verify(PUBLIC, ALPHA, Buffer.concat([unusual, PROOF.subarray(32)])), undefined);
    }
  });

  test(`${path}: every flipped bit, every other length and another input are refused`, () => {
    for (let bit = 0; bit < 8 * VRF_PROOF_SIZE; bit += 3) {
      const changed = PROOF.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(verify(PUBLIC, ALPHA, changed), undefined, `bit ${bit}`);
    }
    for (const length of [0, 79, 81]) {
      const other = Buffer.concat([PROOF, Uint8Array.of(0)]).subarray(0, length);
      assert.equal(verify(PUBLIC, ALPHA, other), undefined);
    }
    assert.equal(verify(PUBLIC.subarray(1), ALPHA, PROOF), undefined);
    assert.equal(verify(PUBLIC, Uint8Array.of(1), PROOF), undefined);
  });

  test(`${path}: a proof whose challenge leaves the key out, as old drafts had it, is refused`, () => {
    const [nonce, gamma] = [5n, Point.fromBytes(PROOF.subarray(0, 32))];
    const c = challengeOf([INPUT, gamma, Point.BASE.multiply(nonce), INPUT.multiply(nonce)]);
    const s = Fn.create(nonce + little(c) * scalar);
    const draft = Buffer.concat([gamma.toBytes(), c, littleBytes(s, 32)]);
    assert.equal(verify(PUBLIC, ALPHA, draft), undefined);
  });

  test(`${path}: a secret key of another length is an error`, () => {
    assert.throws(() => prove(SECRET.subarray(1), ALPHA), { code: 'PROVENDER_INVALID' });
  });
}
