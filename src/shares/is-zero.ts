import { BLOCK_SIZE } from '../content/geometry.ts';

const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);

/** Tells whether at most 4096 bytes are all zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.length === 0 || Buffer.compare(bytes, ZERO_BLOCK.subarray(0, bytes.length)) === 0;
}
