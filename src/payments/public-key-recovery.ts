import { secp256k1 } from '@noble/curves/secp256k1.js';

/** x ‖ y, each 32 bytes, big-endian. */
export const PUBLIC_KEY_SIZE = 64;

/** What a signature says about its own key. */
export interface SignedDigest {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** r ‖ s: 64 bytes. */
  readonly signature: Uint8Array;
  /** Of the y of the point whose x is r. The points with x = r + n are not looked at. */
  readonly parity: 0 | 1;
}

/**
 * Finds the public key of a signature on secp256k1: Q = (s R - e G) / r. A high `s` is taken. This is the reference that the native path is
 * tested against.
 *
 * @returns 64 bytes; `undefined` when r or s is 0 or not below the order, r is on no point of the curve, or Q is the point at infinity
 * @see SEC 1, section 4.1.6
 */
export function recoverPublicKey({ digest, signature, parity }: SignedDigest): Uint8Array | undefined {
  try {
    return secp256k1.Signature.fromBytes(signature, 'compact')
      .addRecoveryBit(parity)
      .recoverPublicKey(digest)
      .toBytes(false)
      .subarray(1);
  } catch {
    // noble throws in each of the cases above: that is the answer
    return undefined;
  }
}
