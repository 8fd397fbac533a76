import { createPublicKey, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import type { Signer } from '../../proof/commitment.ts';

/** Bytes of an Ed25519 signature. */
export const SIGNATURE_SIZE = 64;
/** Bytes of an Ed25519 public key. */
export const KEY_SIZE = 32;

const MESSAGE_TAG = hashTag('msg');
/** SubjectPublicKeyInfo of an Ed25519 key, up to the key. @see RFC 8410, section 4 */
const KEY_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
/** Keys found good, in hex: the check costs more than that of a signature, and a network has few keys. */
const goodKeys = new Set<string>();
const MOST_GOOD_KEYS = 4096;

/** The message with its signature behind it: Ed25519 over H(tag(msg) ‖ all bytes before). @see storer-selection.md, section 2 */
export function signMessage(unsigned: Uint8Array, signer: Signer): Uint8Array {
  return concatBytes(unsigned, signer.sign(sha256(MESSAGE_TAG, unsigned)));
}

/**
 * Tells whether the last 64 bytes of a message are its signature by this key. Strict, so that no two nodes differ: s and R canonical,
 * the equation without cofactor (RFC 8032, section 5.1.7, as OpenSSL checks it), the key a node key.
 * Hostile bytes lead to an answer, never to an exception.
 */
export function isSigned(message: Uint8Array, publicKey: Uint8Array): boolean {
  if (message.length < SIGNATURE_SIZE || !isNodeKey(publicKey)) return false;
  const end = message.length - SIGNATURE_SIZE;
  const digest = sha256(MESSAGE_TAG, message.subarray(0, end));
  const key = createPublicKey({
    key: Buffer.concat([KEY_PREFIX, publicKey]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, digest, key, message.subarray(end));
}

/** Tells whether bytes are a key that may sign: 32 bytes, a canonical point of the prime-order subgroup other than zero. @see storer-selection.md, section 1, "Keys" */
export function isNodeKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_SIZE) return false;
  const name = Buffer.from(publicKey).toString('hex');
  if (goodKeys.has(name)) return true;
  if (!isStrictPoint(publicKey)) return false;
  if (goodKeys.size >= MOST_GOOD_KEYS) goodKeys.clear();
  goodKeys.add(name);
  return true;
}

function isStrictPoint(publicKey: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(publicKey);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    // noble says by an exception that the bytes are no point
    return false;
  }
}
