import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ProvenderError } from '../content/provender-error.ts';
import { type Address, addressOf } from './address.ts';
import { keccak256 } from './keccak.ts';
import { recoverPublicKey } from './kernels.ts';
import { digestOf } from './signed-messages.ts';

/** r(32) ‖ s(32) ‖ v(1). */
export const SIGNATURE_SIZE = 65;
/** Bytes of a private key. */
export const PRIVATE_KEY_SIZE = 32;

const V_AT = 64;
/** What the contract wants `v` to start from. */
const V_BASE = 27;
/** Bytes that an address takes of the hash of a public key: the last 20. */
const ADDRESS_FROM = 12;

/**
 * Whose key signed the message. Accepts what the contract does: `v` of any base (0, 27, 54, ...) and a high `s`. So one message has several
 * signatures of one key: never tell payments apart by their signatures.
 *
 * @returns `undefined` when the signature has not 65 bytes, `v` mod 27 is neither 0 nor 1, or nothing can be recovered from it
 * @see payment-channels.md, section 5
 */
export function recoverSigner(message: Uint8Array, signature: Uint8Array): Address | undefined {
  if (signature.length !== SIGNATURE_SIZE) return undefined;
  const recovery = (signature[V_AT] ?? 0) % V_BASE;
  if (recovery !== 0 && recovery !== 1) return undefined;
  const key = recoverPublicKey({
    digest: digestOf(message),
    signature: signature.subarray(0, V_AT),
    parity: recovery,
  });
  return key && addressOfPublicKey(key);
}

/**
 * Signs a message as a wallet does: deterministic (RFC 6979), low `s`, `v` 27 or 28. Not constant-time.
 *
 * @param privateKey - 32 bytes
 * @returns 65 bytes
 * @throws ProvenderError `PROVENDER_INVALID` for bytes that are no key; they are not shown
 */
export function signMessage(message: Uint8Array, privateKey: Uint8Array): Uint8Array {
  checkKey(privateKey);
  const signed = secp256k1.sign(digestOf(message), privateKey, { prehash: false, format: 'recovered' });
  const signature = new Uint8Array(SIGNATURE_SIZE);
  signature.set(signed.subarray(1));
  signature[V_AT] = V_BASE + (signed[0] ?? 0);
  return signature;
}

/** The address of a private key. @throws ProvenderError `PROVENDER_INVALID` for bytes that are no key; they are not shown */
export function addressOfKey(privateKey: Uint8Array): Address {
  checkKey(privateKey);
  return addressOfPublicKey(secp256k1.getPublicKey(privateKey, false).subarray(1));
}

function checkKey(privateKey: Uint8Array): void {
  if (!secp256k1.utils.isValidSecretKey(privateKey))
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `private key: ${privateKey.length} bytes that are no key of secp256k1; it has ${PRIVATE_KEY_SIZE}`,
    );
}

/** @param publicKey - 64 bytes: x and y */
function addressOfPublicKey(publicKey: Uint8Array): Address {
  return addressOf(keccak256(publicKey).subarray(ADDRESS_FROM));
}
