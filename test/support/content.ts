import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that a seed decides, the same everywhere: a keystream of AES-128 in counter mode. */
export function contentOf(seed: string, sizeBytes: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  return new Uint8Array(cipher.update(new Uint8Array(sizeBytes)));
}

/** Numbers from 0 (included) to `end` (excluded) that a seed decides. */
export function randomNumbers(seed: string): (end: number) => number {
  let count = 0;
  return (end) => {
    const hash = createHash('sha256').update(`${seed}/${count++}`).digest();
    return Number(hash.readBigUInt64BE() % BigInt(end));
  };
}
