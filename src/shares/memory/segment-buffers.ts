import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { SEGMENT_BLOCKS } from '../../proof/graph.ts';
import { ByteBudget } from './byte-budget.ts';

/** Layers 0 to 2, whose block roots lie behind the blocks of a segment. */
const MOST_LAYERS = 3;
const BYTES_PER_BLOCK = BLOCK_SIZE + MOST_LAYERS * HASH_SIZE;
/** Blocks of the smallest slab: 256 KiB. */
const FEWEST_BLOCKS = 64;

/** Bytes of a whole segment and the block roots of its layers: 131 MiB. */
export const SEGMENT_SLAB_SIZE = SEGMENT_BLOCKS * BYTES_PER_BLOCK;

/** Up to here an object is small: 4 MiB and its roots. */
const SMALL_SLAB_SIZE = 1024 * BYTES_PER_BLOCK;
/** Memory of small objects, which the senders of large ones cannot use up. */
export const SMALL_SEGMENTS_BYTES = 32 * 2 ** 20;

/** Memory of one segment, shared between threads. Its content is arbitrary at first. */
export interface SegmentBuffer {
  /** As long as was asked for. */
  readonly bytes: Uint8Array;
  /** Gives it back; nobody may use `bytes` afterwards. Once only, this or `drop`. */
  release(): void;
  /** Gives it back but keeps it from being used again: a read that failed may still write into it. */
  drop(): void;
}

/**
 * Memory of segments that are encoded or decoded: at most `limitBytes`, whatever their number, and 32 MiB for those of at most 4 MiB, so that a slow
 * sender of a large file does not hold up small ones. An object takes what it needs, rounded up to a power of two of blocks, so that slabs are used
 * again; unused ones are dropped when their room is needed.
 */
export class SegmentBuffers {
  readonly #large: ByteBudget;
  readonly #small = new ByteBudget('the memory of small segments', SMALL_SEGMENTS_BYTES);
  /** The one that was given back last comes last. */
  readonly #idle: Uint8Array[] = [];

  /** @param limitBytes - at least `SEGMENT_SLAB_SIZE` */
  constructor(limitBytes: number) {
    this.#large = new ByteBudget('segmentBytes', limitBytes);
  }

  /** Bytes that running calls hold. */
  get usedBytes(): number {
    return this.#large.usedBytes + this.#small.usedBytes;
  }

  /**
   * Waits for `bytes` of memory, in the order of asking. Who holds some already uses `tryTake`: the others could be waiting for it.
   * @throws ProvenderError `PROVENDER_INVALID` for more than the limit; the signal's reason when it aborts first
   */
  async take(bytes: number, signal: AbortSignal): Promise<SegmentBuffer> {
    const size = slabSize(bytes);
    await this.#budgetOf(size).take(size, signal);
    return this.#make(bytes, size);
  }

  /** Gives memory if it is free and nobody waits. */
  tryTake(bytes: number): SegmentBuffer | undefined {
    const size = slabSize(bytes);
    return this.#budgetOf(size).tryTake(size) ? this.#make(bytes, size) : undefined;
  }

  #make(bytes: number, size: number): SegmentBuffer {
    const at = this.#idle.findLastIndex((slab) => slab.length === size);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    this.#dropIdle(); // first, so that what is dropped can be collected before more is asked for
    const slab = found ?? new Uint8Array(new SharedArrayBuffer(size));
    const release = (): void => {
      this.#idle.push(slab);
      this.#budgetOf(size).release(size);
      this.#dropIdle();
    };
    const drop = (): void => this.#budgetOf(size).release(size);
    return { bytes: slab.subarray(0, bytes), release, drop };
  }

  #budgetOf(size: number): ByteBudget {
    return size <= SMALL_SLAB_SIZE ? this.#small : this.#large;
  }

  #dropIdle(): void {
    const room = this.#large.limitBytes + this.#small.limitBytes - this.usedBytes;
    let kept = this.#idle.reduce((sum, { length }) => sum + length, 0);
    while (kept > room) kept -= this.#idle.shift()?.length ?? kept;
  }
}

function slabSize(bytes: number): number {
  let blocks = FEWEST_BLOCKS;
  while (blocks * BYTES_PER_BLOCK < bytes) blocks *= 2;
  return blocks * BYTES_PER_BLOCK;
}
