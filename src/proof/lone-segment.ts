import { HASH_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { sha256 } from '../content/kernels.ts';

const REPLICA_TAG = hashTag('replica');
const SEGMENT_TAG = hashTag('segment');
/** u16 profile ‖ networkId 32 ‖ objectId 32, as a Commitment has them from byte 2 on. */
const NAMED = { start: 2, end: 68 };
/** storerPK 32 ‖ seed_r 32 ‖ u64 r ‖ u32 replicaIndex, behind kind, size, count and data root. */
const PLACED = { start: 113, end: 189 };

/** tag ‖ the fields of a replicaId; written anew by each call. */
const replica = new Uint8Array(HASH_SIZE + NAMED.end - NAMED.start + PLACED.end - PLACED.start);
replica.set(REPLICA_TAG);
/** tag ‖ replicaId ‖ u32 0 */
const segment = new Uint8Array(2 * HASH_SIZE + 4);
segment.set(SEGMENT_TAG);

/**
 * Gives segId_0, which a chunk's only segment is encoded with, out of the bytes of its Commitment: what `segmentId(replicaId(statement), 0)` gives,
 * without a decoded statement. Batches of chunks are read that way.
 *
 * @param commitment - at least its 189 fixed bytes
 * @returns 32 bytes of the caller's own
 * @see proof-of-replication.md, sections 2 and 8
 */
export function loneSegmentId(commitment: Uint8Array): Uint8Array {
  replica.set(commitment.subarray(NAMED.start, NAMED.end), HASH_SIZE);
  replica.set(commitment.subarray(PLACED.start, PLACED.end), HASH_SIZE + NAMED.end - NAMED.start);
  segment.set(sha256(replica), HASH_SIZE);
  return sha256(segment);
}
