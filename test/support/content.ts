import { createHash } from 'node:crypto';

/** Bytes that a seed decides, the same everywhere: SHA-256 in counter mode. */
export function contentOf(seed: string, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0, i = 0; at < sizeBytes; at += 32, i++) {
    const block = createHash('sha256').update(`${seed}/${i}`).digest();
    bytes.set(block.subarray(0, Math.min(32, sizeBytes - at)), at);
  }
  return bytes;
}
