import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Signer } from '../../src/proof/commitment.ts';

/** PKCS#8 of an Ed25519 key, up to its 32 secret bytes. @see RFC 8410, section 7 */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A node key, and its public half as OpenSSL takes it. */
export interface TestSigner extends Signer {
  readonly publicKeyObject: KeyObject;
}

/** The node key of a 32-byte secret: the same secret, the same key, by OpenSSL. */
export function signerOf(secret: Uint8Array): TestSigner {
  const key = createPrivateKey({ key: Buffer.concat([PREFIX, secret]), format: 'der', type: 'pkcs8' });
  const publicKeyObject = createPublicKey(key);
  const der = publicKeyObject.export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(der.subarray(-32)),
    publicKeyObject,
    sign: (message) => Uint8Array.from(sign(null, message, key)),
  };
}
