import { BLOCK_SIZE, blockCount } from '../content/geometry.ts';
import { SEGMENT_BLOCKS } from '../proof/graph.ts';
import { replicaId } from '../proof/commitment.ts';
import { profilePasses } from '../proof/profile.ts';
import { segmentId } from '../proof/segments.ts';
import type { HeldObject } from './held-object.ts';

/** A segment of a replica. */
export interface SegmentFacts {
  /** segId_s, 32 bytes. */
  readonly id: Uint8Array;
  /** Its first block, numbered from the start of the object. */
  readonly start: number;
  readonly blocks: number;
}

/** How an object is encoded, as its head tells. @see proof-of-replication.md, section 5 */
export class ReplicaFacts {
  /** L. */
  readonly passes: number;
  /** Blocks of the object. */
  readonly blocks: number;
  readonly #replicaId: Uint8Array;
  readonly #segments = new Map<number, SegmentFacts>();

  private constructor({ head: { statement } }: HeldObject) {
    this.passes = profilePasses(statement.profile);
    this.blocks = blockCount(statement.sizeBytes);
    this.#replicaId = replicaId(statement);
  }

  /** The facts of an object, made once for as long as it is kept. */
  static of(object: HeldObject): ReplicaFacts {
    const known = facts.get(object);
    if (known !== undefined) return known;
    const made = new ReplicaFacts(object);
    facts.set(object, made);
    return made;
  }

  /** The segment that holds a block of the object. */
  segmentOf(block: number): SegmentFacts {
    const number = Math.floor(block / SEGMENT_BLOCKS);
    const known = this.#segments.get(number);
    if (known !== undefined) return known;
    const start = number * SEGMENT_BLOCKS;
    const blocks = Math.min(SEGMENT_BLOCKS, this.blocks - start);
    const segment = { id: segmentId(this.#replicaId, number), start, blocks };
    this.#segments.set(number, segment);
    return segment;
  }
}

const facts = new WeakMap<HeldObject, ReplicaFacts>();

/** Number of the first byte that is no longer content, in a run of blocks that begins with block `first`. */
export function contentEnd(object: HeldObject, first: number): number {
  return object.head.statement.sizeBytes - first * BLOCK_SIZE;
}
