import { HASH_SIZE } from '../../content/geometry.ts';

/** Hash number `i` of many. */
export function hashAt(hashes: Uint8Array, i: number): Uint8Array {
  return hashes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
}

/** Numbers of the hashes in which two lists of one length differ. */
export function differences(found: Uint8Array, expected: Uint8Array): number[] {
  if (Buffer.compare(found, expected) === 0) return [];
  const count = found.length / HASH_SIZE;
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => Buffer.compare(hashAt(found, i), hashAt(expected, i)) !== 0,
  );
}
