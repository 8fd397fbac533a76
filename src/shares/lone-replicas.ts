import { BLOCK_SIZE } from '../content/geometry.ts';
import type { LoneChunk } from '../objects/object-store.ts';
import { commitmentInHead, profileInHead } from '../objects/head.ts';
import { decodePass } from '../proof/kernels.ts';
import { loneSegmentId } from '../proof/lone-segment.ts';
import { profilePasses } from '../proof/profile.ts';
import type { SegmentBytes } from '../proof/replica.ts';

/** A lone chunk as it is stored, and what it is decoded with. */
export interface LoneReplica {
  readonly block: Uint8Array;
  readonly passes: number;
  /** segId_0; empty for a plain chunk. */
  readonly segmentId: Uint8Array;
}

const NONE = new Uint8Array();

/** Reads how a chunk is encoded out of its head, whose frame was checked. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown profile */
export function loneReplica({ head, block }: LoneChunk): LoneReplica {
  const passes = profilePasses(profileInHead(head));
  return { block, passes, segmentId: passes === 0 ? NONE : loneSegmentId(commitmentInHead(head)) };
}

/**
 * Gives chunks with their content in the place of the replica. All are decoded together, on the calling thread, away from the bytes of the store.
 * A block of another length stays what it is.
 */
export function decodedChunks<T extends LoneReplica>(chunks: readonly T[]): readonly T[] {
  const encoded = chunks.filter(({ passes, block }) => passes > 0 && block.length === BLOCK_SIZE);
  if (encoded.length === 0) return chunks;
  const memory = new Uint8Array(encoded.length * BLOCK_SIZE);
  const decoded = new Map<T, SegmentBytes>();
  for (const [i, chunk] of encoded.entries()) {
    const bytes = memory.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE);
    bytes.set(chunk.block);
    decoded.set(chunk, { id: chunk.segmentId, bytes });
  }
  const most = Math.max(...encoded.map(({ passes }) => passes));
  for (let pass = most; pass > 0; pass--)
    decodePass(
      pass,
      encoded.flatMap((chunk) => (chunk.passes >= pass ? (decoded.get(chunk) ?? []) : [])),
    );
  return chunks.map((chunk) => ({ ...chunk, block: decoded.get(chunk)?.bytes ?? chunk.block }));
}
