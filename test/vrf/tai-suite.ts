import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { CurvePoint, VrfSuite } from '../../src/vrf/ecvrf.ts';

const TAI = 0x03;

/** ECVRF-EDWARDS25519-SHA512-TAI: try and increment needs no Elligator, so that the rest can be checked without it. @see RFC 9381, section 5.4.1.1 */
export const ECVRF_TAI: VrfSuite = { number: TAI, encode };

function encode(publicKey: Uint8Array, alpha: Uint8Array): CurvePoint {
  for (let counter = 0; counter < 256; counter++) {
    const hash = createHash('sha512')
      .update(Uint8Array.of(TAI, 0x01))
      .update(publicKey)
      .update(alpha)
      .update(Uint8Array.of(counter, 0x00))
      .digest();
    try {
      return ed25519.Point.fromBytes(Uint8Array.from(hash.subarray(0, 32))).clearCofactor();
    } catch {
      // no point; the next counter may give one
    }
  }
  throw new Error('no counter gives a point');
}
