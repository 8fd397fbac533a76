import * as reference from './ecvrf.ts';

/**
 * Proves what the function gives for `alpha`.
 *
 * @param secretKey - 32 bytes, as an Ed25519 seed
 * @returns π, 80 bytes, the same each time
 * @throws ProvenderError `PROVENDER_INVALID` for a key of another length
 * @see RFC 9381, section 5.1
 */
export function proveVrf(secretKey: Uint8Array, alpha: Uint8Array): Uint8Array {
  return reference.proveVrf(secretKey, alpha);
}

/**
 * Checks a proof by the strict rule. Hostile bytes lead to an answer, never to an exception.
 *
 * @returns β, 64 bytes; `undefined` when the proof is not accepted
 * @see storer-selection.md, section 1, "Accept set"
 */
export function verifyVrf(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): Uint8Array | undefined {
  return reference.verifyVrf(publicKey, alpha, proof);
}
