import { ProvenderError } from './provender-error.ts';

/** Bytes of a hash. */
export const HASH_SIZE = 32;
/** Bytes of a Merkle leaf. @see proof-of-replication.md, section 1 */
export const LEAF_SIZE = 64;
/** Bytes of a block, and the most that a chunk may have. */
export const BLOCK_SIZE = 4096;
/** Blocks of a full stripe. @see object-layout.md, section 3 */
export const STRIPE_BLOCKS = 1024;
/** Data bytes of a full stripe: 4 MiB. */
export const STRIPE_SIZE = STRIPE_BLOCKS * BLOCK_SIZE;
/** The most bytes that an object may have: 64 GiB. */
export const MAX_OBJECT_SIZE = 2 ** 36;
/** The most chunks that a collection may have. */
export const MAX_CHUNKS = 2 ** 20;
/** Manifest entries, one leaf each, that a block holds. */
export const ENTRIES_PER_BLOCK = BLOCK_SIZE / LEAF_SIZE;

/** Whole numbers from 0 to the largest object, in bytes. */
export function isByteCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_OBJECT_SIZE;
}

/**
 * Turns a size from the wire into a number.
 * @throws ProvenderError `PROVENDER_INVALID` above 64 GiB
 */
export function byteCount(value: bigint, what: string): number {
  if (value < 0n || value > BigInt(MAX_OBJECT_SIZE)) {
    throw new ProvenderError('PROVENDER_INVALID', `${what}: ${value} bytes, limit ${MAX_OBJECT_SIZE}`, {
      details: { found: value, limit: MAX_OBJECT_SIZE },
    });
  }
  return Number(value);
}

/** Blocks of an object of `sizeBytes`; an empty object has one zero block. */
export function blockCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / BLOCK_SIZE));
}

/** Stripes that `blocks` blocks fill, the last one perhaps in part. */
export function stripeCount(blocks: number): number {
  return Math.ceil(blocks / STRIPE_BLOCKS);
}

/** Blocks of stripe `stripe` of an object of `blocks` blocks. */
export function blocksInStripe(blocks: number, stripe: number): number {
  return Math.min(STRIPE_BLOCKS, blocks - stripe * STRIPE_BLOCKS);
}

/** Size in bytes of a collection of `count` chunks: a block for each, then the manifest. */
export function collectionSize(count: number): number {
  return BLOCK_SIZE * (count + Math.ceil(count / ENTRIES_PER_BLOCK));
}
