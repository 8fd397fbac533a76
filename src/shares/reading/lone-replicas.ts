import { setImmediate } from 'node:timers/promises';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import type { LoneChunk } from '../../objects/object-store.ts';
import { commitmentInHead, profileInHead } from '../../objects/head.ts';
import { decodePass } from '../../proof/kernels.ts';
import { loneSegmentId } from '../../proof/lone-segment.ts';
import { profilePasses } from '../../proof/profile.ts';
import type { SegmentBytes } from '../../proof/replica.ts';

/** A lone chunk as it is stored, and what it is decoded with. */
export interface LoneReplica {
  readonly block: Uint8Array;
  readonly passes: number;
  /** segId_0; empty for a plain chunk. */
  readonly segmentId: Uint8Array;
}

const NONE = new Uint8Array();
/** Chunks decoded without a pause: 0.3 ms for each pass. */
const DECODE_GROUP = 32;

/** Reads how a chunk is encoded out of its head, whose frame was checked. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown profile */
export function loneReplica({ head, block }: LoneChunk): LoneReplica {
  const passes = profilePasses(profileInHead(head));
  return { block, passes, segmentId: passes === 0 ? NONE : loneSegmentId(commitmentInHead(head)) };
}

/**
 * Gives chunks with their content in the place of the replica: decoded on the calling thread, with pauses for others, away from the bytes of the
 * store. A block of another length stays what it is.
 */
export async function decodedChunks<T extends LoneReplica>(chunks: readonly T[]): Promise<readonly T[]> {
  const encoded = chunks.filter(({ passes, block }) => passes > 0 && block.length === BLOCK_SIZE);
  if (encoded.length === 0) return chunks;
  const memory = new Uint8Array(encoded.length * BLOCK_SIZE);
  const decoded = new Map<T, Uint8Array>();
  for (let at = 0; at < encoded.length; at += DECODE_GROUP) {
    if (at > 0) await setImmediate();
    const group = encoded.slice(at, at + DECODE_GROUP);
    const segments = group.map(({ segmentId, block }, i) => {
      const bytes = memory.subarray((at + i) * BLOCK_SIZE, (at + i + 1) * BLOCK_SIZE);
      bytes.set(block);
      return { id: segmentId, bytes };
    });
    decodeTogether(group, segments);
    for (const [i, chunk] of group.entries()) decoded.set(chunk, segments[i]?.bytes ?? chunk.block);
  }
  return chunks.map((chunk) => ({ ...chunk, block: decoded.get(chunk) ?? chunk.block }));
}

/** Undoes the passes of segments, of which some may have fewer than others, in place. */
function decodeTogether(chunks: readonly LoneReplica[], segments: readonly SegmentBytes[]): void {
  const most = Math.max(...chunks.map(({ passes }) => passes));
  for (let pass = most; pass > 0; pass--)
    decodePass(
      pass,
      segments.filter((_, i) => (chunks[i]?.passes ?? 0) >= pass),
    );
}
