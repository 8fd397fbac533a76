import { ed25519, ed25519_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';

/** A point of edwards25519. */
export type CurvePoint = InstanceType<typeof ed25519.Point>;

/** What tells suites of RFC 9381 over edwards25519 and SHA-512 apart. */
export interface VrfSuite {
  /** suite_string. */
  readonly number: number;
  /** encode_to_curve with the public key as salt: a point of the prime-order subgroup. */
  encode(publicKey: Uint8Array, alpha: Uint8Array): CurvePoint;
}

/** Bytes of a proof π: Γ 32 ‖ c 16 ‖ s 32. */
export const VRF_PROOF_SIZE = 80;
/** Bytes of a secret or public key. */
const KEY_SIZE = 32;
const CHALLENGE_SIZE = 16;
const ELL2 = 0x04;
const DST = concatBytes(
  new TextEncoder().encode('ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_'),
  Uint8Array.of(ELL2),
);
const { Point } = ed25519;
const { Fn } = Point;

/** ECVRF-EDWARDS25519-SHA512-ELL2, the only suite that a network accepts. @see RFC 9381, section 5.5; 5.4.1.2 */
export const ECVRF_ELL2: VrfSuite = {
  number: ELL2,
  encode: (publicKey, alpha) =>
    Point.fromAffine(ed25519_hasher.encodeToCurve(concatBytes(publicKey, alpha), { DST }).toAffine()),
};

/**
 * Proves what the function gives for `alpha`. Not constant-time: BigInt arithmetic leaks the key to whoever times it on this machine.
 *
 * @param secretKey - 32 bytes, as an Ed25519 seed
 * @returns π, 80 bytes, the same each time
 * @throws ProvenderError `PROVENDER_INVALID` for a key of another length
 * @see RFC 9381, section 5.1; nonce 5.4.2.2
 */
export function proveVrf(secretKey: Uint8Array, alpha: Uint8Array, suite: VrfSuite = ECVRF_ELL2): Uint8Array {
  if (secretKey.length !== KEY_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `VRF key: ${secretKey.length} bytes, not ${KEY_SIZE}`);
  }
  const { scalar, prefix, point, pointBytes } = ed25519.utils.getExtendedPublicKey(secretKey);
  const input = suite.encode(pointBytes, alpha);
  const inputBytes = input.toBytes();
  const gamma = input.multiply(scalar);
  const nonce = Fn.create(numberFrom(sha512(concatBytes(prefix, inputBytes))));
  const c = challenge(suite, [point, input, gamma, Point.BASE.multiply(nonce), input.multiply(nonce)]);
  const s = Fn.create(nonce + numberFrom(c) * scalar);
  return concatBytes(gamma.toBytes(), c, Fn.toBytes(s));
}

/**
 * Checks a proof by the strict rule: what RFC 9381 accepts with validated keys, and only when Y and Γ are canonical encodings of points of the
 * prime-order subgroup, s is below the order and π has its exact length. Hostile bytes lead to an answer, never to an exception.
 *
 * @param publicKey - Y, 32 bytes
 * @returns β, 64 bytes; `undefined` when the proof is not accepted
 * @see storer-selection.md, section 1, "Accept set"; RFC 9381, section 5.3
 */
export function verifyVrf(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
  suite: VrfSuite = ECVRF_ELL2,
): Uint8Array | undefined {
  if (publicKey.length !== KEY_SIZE || proof.length !== VRF_PROOF_SIZE) return undefined;
  const key = strictPoint(publicKey);
  const gamma = strictPoint(proof.subarray(0, KEY_SIZE));
  const s = numberFrom(proof.subarray(KEY_SIZE + CHALLENGE_SIZE));
  if (key === undefined || key.isSmallOrder() || gamma === undefined || s >= Fn.ORDER) return undefined;
  const claimed = proof.subarray(KEY_SIZE, KEY_SIZE + CHALLENGE_SIZE);
  const c = numberFrom(claimed);
  const input = suite.encode(publicKey, alpha);
  const u = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(c));
  const v = input.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(c));
  const found = challenge(suite, [key, input, gamma, u, v]);
  return found.every((byte, i) => byte === claimed[i]) ? outputOf(gamma, suite) : undefined;
}

/** β of a Γ. @see RFC 9381, section 5.2 */
function outputOf(gamma: CurvePoint, suite: VrfSuite): Uint8Array {
  const bytes = gamma.clearCofactor().toBytes();
  return sha512(concatBytes(Uint8Array.of(suite.number, 0x03), bytes, Uint8Array.of(0x00)));
}

/** c: 16 bytes of a hash over Y, H, Γ, U and V. @see RFC 9381, section 5.4.3 */
function challenge(suite: VrfSuite, points: readonly CurvePoint[]): Uint8Array {
  const bytes = points.map((point) => point.toBytes());
  const hash = sha512(concatBytes(Uint8Array.of(suite.number, 0x02), ...bytes, Uint8Array.of(0x00)));
  return hash.slice(0, CHALLENGE_SIZE);
}

/** A point of the prime-order subgroup in its canonical encoding. */
function strictPoint(bytes: Uint8Array): CurvePoint | undefined {
  try {
    const point = Point.fromBytes(bytes);
    return point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined; // no point, or another encoding of one
  }
}

/** Little-endian, as all numbers of RFC 9381 over edwards25519. */
function numberFrom(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}
