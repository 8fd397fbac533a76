import { keccak_256 } from '@noble/hashes/sha3.js';

/** Keccak-256 as Ethereum has it (the padding of SHA-3's draft, not of FIPS 202). 32 bytes, owned by the caller. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes);
}
