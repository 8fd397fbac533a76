import { createCipheriv } from 'node:crypto';

/** Most zeros that are encrypted at once. */
const PIECE = 2 ** 24;

/**
 * Bytes that do not compress and that every run makes anew: the key stream of AES-256-CTR under `seed`.
 * Equal seeds give equal bytes, and a longer answer starts with a shorter one.
 */
export function content(seed: number, sizeBytes: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, seed);
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  const zeros = new Uint8Array(Math.min(PIECE, sizeBytes));
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += PIECE) {
    bytes.set(cipher.update(zeros.subarray(0, Math.min(PIECE, sizeBytes - at))), at);
  }
  return bytes;
}
