import type { BlockRange } from '../content/block-range.ts';
import { BLOCK_SIZE } from '../content/geometry.ts';
import { blockRoots, decodeBlocks, encodePass } from './kernels.ts';
import type { SegmentBytes } from './replica.ts';

/** One run of a pass over blocks of a segment, in place. */
export interface EncodeRun {
  /** l, from 1. */
  readonly pass: number;
  /** `bytes` over a SharedArrayBuffer; whoever calls leaves it alone until the promise is settled. */
  readonly segment: SegmentBytes;
  /** In natural order. Blocks that come earlier in the order of the pass (lower ones for odd passes, higher ones for even) have been encoded. */
  readonly blocks: BlockRange;
  /** Gets the root of each block of layer l: 32 bytes for each of `blocks`, shared memory too. */
  readonly roots: Uint8Array;
}

/** One run of a pass undone, for blocks of a segment. */
export interface DecodeRun {
  /** l, from 1. */
  readonly pass: number;
  /**
   * Layer l. Away from `out` it is only read; in place those blocks that come later in the order of the pass may already be of layer l - 1,
   * while `blocks` and all earlier ones still are of layer l.
   */
  readonly segment: SegmentBytes;
  /** In natural order. */
  readonly blocks: BlockRange;
  /** Gets layer l - 1 of `blocks`: memory elsewhere, or exactly the place of `blocks` in the segment. Shared. */
  readonly out: Uint8Array;
  /** Gets the root of each block of layer l - 1, 32 bytes each; absent when nobody needs them. Shared. */
  readonly roots?: Uint8Array;
}

/**
 * Port for encoding and decoding replicas, perhaps on other cores. Runs of different segments that wait at the same time may be encoded side by
 * side in one task. A run is at most `CODER_RUN_BLOCKS` blocks, so that who waits never waits long, and an abort takes effect between runs.
 *
 * Errors: `PROVENDER_BUSY` when the queue is full, `PROVENDER_CLOSED` after the coder was closed, `PROVENDER_UNAVAILABLE` when the thread died.
 */
export interface ReplicaCoder {
  encode(run: EncodeRun): Promise<void>;
  decode(run: DecodeRun): Promise<void>;
}

/** Blocks of a run at most: 1 MiB, about 5 ms of one lane. */
export const CODER_RUN_BLOCKS = 256;

/** Codes on the calling thread, at once. */
export const inlineCoder: ReplicaCoder = {
  encode: async ({ pass, segment, blocks, roots }) => {
    encodePass(pass, [{ ...segment, blocks }]);
    blockRoots(segment.bytes.subarray(blocks.first * BLOCK_SIZE, blocks.end * BLOCK_SIZE), roots);
  },
  decode: async ({ pass, segment, blocks, out, roots }) => {
    decodeBlocks(pass, { ...segment, blocks }, out);
    if (roots !== undefined) blockRoots(out, roots);
  },
};
