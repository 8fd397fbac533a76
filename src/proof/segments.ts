import { sha256 } from '@noble/hashes/sha2.js';
import { BLOCK_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { SEGMENT_BLOCKS } from './graph.ts';

/** Bytes of a full segment: 128 MiB. */
const SEGMENT_SIZE = SEGMENT_BLOCKS * BLOCK_SIZE;
const TAG = hashTag('segment');

/** Blocks that are encoded as one unit. */
export interface Segment {
  /** s, from 0. */
  readonly number: number;
  /** Bytes of the layer before it. */
  readonly start: number;
  readonly blocks: number;
}

/** Segments of a layer of `blocks` blocks: all full but the last. @see proof-of-replication.md, section 1 */
export function segmentsOf(blocks: number): readonly Segment[] {
  return Array.from({ length: Math.ceil(blocks / SEGMENT_BLOCKS) }, (_, number) => ({
    number,
    start: number * SEGMENT_SIZE,
    blocks: Math.min(SEGMENT_BLOCKS, blocks - number * SEGMENT_BLOCKS),
  }));
}

/** segId_s = H(tag(segment) ‖ replicaId ‖ u32 s). @see proof-of-replication.md, section 2 */
export function segmentId(replicaId: Uint8Array, segment: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, segment);
  return sha256.create().update(TAG).update(replicaId).update(number).digest();
}
