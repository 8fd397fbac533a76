import { createHash } from 'node:crypto';

/** SHA-256 by OpenSSL. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** RFC 9162, section 2.1.1, word for word: splits at the largest power of two below n. */
export function referenceRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) throw new Error('a tree of no leaves is not used here');
  if (leaves.length === 1) return sha256(Uint8Array.of(0), first);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), referenceRoot(leaves.slice(0, split)), referenceRoot(leaves.slice(split)));
}

/** Cuts bytes in pieces of `size`; the length must be a multiple. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Root over content as proof-of-replication.md says: zero padded to whole blocks, at least one. */
export function referenceDataRoot(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(4096 * Math.max(1, Math.ceil(content.length / 4096)));
  padded.set(content);
  return referenceRoot(cut(padded, 64));
}

/** The same bytes for the same arguments, with all values and no period that a block could have. */
export function testBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Hex of bytes, for messages and comparisons. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
