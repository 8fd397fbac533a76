import { generateKeyPairSync, sign } from 'node:crypto';
import type { Signer } from '../../src/proof/commitment.ts';

/** A node key of this process, made anew. */
export function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return {
    publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}
