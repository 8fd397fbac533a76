import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { BlockRange } from '../../content/block-range.ts';
import { blockRoots } from '../../proof/kernels.ts';
import { CODER_RUN_BLOCKS, type ReplicaCoder } from '../../proof/replica-coder.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import type { FirstFailure } from './first-failure.ts';
import type { SegmentBuffer } from '../memory/segment-buffers.ts';
import { copyShared } from '../memory/shared-copy.ts';
import { SHARED_FROM } from '../memory/stripe-buffers.ts';

const RUN_SIZE = CODER_RUN_BLOCKS * BLOCK_SIZE;

/** What a segment is and where it lies. */
export interface SegmentShape {
  readonly blocks: number;
  /** Content bytes; the filling of the last block follows. */
  readonly contentBytes: number;
  readonly passes: number;
  /** At least `segmentRoom` bytes. */
  readonly buffer: SegmentBuffer;
}

/** What a segment works with. */
export interface SegmentWork {
  readonly hasher: TreeHasher;
  readonly coder: ReplicaCoder;
  readonly failure: FirstFailure;
  /** segId; it may become known after the last byte only. */
  readonly id: Promise<Uint8Array>;
  /** The roots of layer 0 before this segment have been told. */
  readonly before: Promise<void>;
  /** Told the roots of layer 0 as they are made, in order; block numbers are of the segment. */
  hashed(firstBlock: number, roots: Uint8Array): void;
  /** Told each stripe of the segment whose blocks all have their last pass. */
  encoded(stripe: number): void;
}

/** Bytes that a segment of so many blocks needs: the blocks, then the block roots of layers 0 to L. */
export function segmentRoom({ blocks, passes }: Pick<SegmentShape, 'blocks' | 'passes'>): number {
  return blocks * (BLOCK_SIZE + (passes + 1) * HASH_SIZE);
}

/**
 * One segment of a replica in the making. Bytes are hashed as soon as a run of 1 MiB is there, and pass 1 follows behind them, as soon as the id of
 * the segment is known; the passes after it need the whole segment.
 *
 * States: taking bytes -> full -> encoded. Its failures are those of `failure`; after one, what runs ends soon.
 */
export class EncodedSegment {
  readonly shape: SegmentShape;
  readonly #work: SegmentWork;
  readonly #data: Uint8Array;
  #filled = 0;
  #sent = 0;
  #hashing: Promise<void>;
  #firstPass: Promise<void> = Promise.resolve();

  constructor(shape: SegmentShape, work: SegmentWork) {
    this.shape = shape;
    this.#work = work;
    this.#data = shape.buffer.bytes.subarray(0, shape.blocks * BLOCK_SIZE);
    this.#hashing = work.before;
    work.id.catch(() => undefined); // a segment that never encodes needs none
  }

  /** Content bytes that are still to come. */
  get missing(): number {
    return this.shape.contentBytes - this.#filled;
  }

  /** Resolves when all blocks so far are hashed and told, or something failed. */
  get hashing(): Promise<void> {
    return this.#hashing;
  }

  /** Takes at most `missing` bytes, which are free again on return. */
  fill(bytes: Uint8Array): void {
    copyShared(this.#data, this.#filled, bytes);
    this.#filled += bytes.length;
    this.#send(this.missing === 0 ? this.#zeroFilled() : this.#filled - (this.#filled % RUN_SIZE));
  }

  /** Hashes the whole blocks so far, though they are no whole run. */
  hashSoFar(): void {
    this.#send(this.#filled - (this.#filled % BLOCK_SIZE));
  }

  /** Waits for pass 1 of what came, whatever happened. */
  async settled(): Promise<void> {
    await this.#hashing;
    await this.#firstPass;
  }

  /** Runs the passes of a full segment to the end. @throws ProvenderError the failure; the reason of an aborted call */
  async encode(): Promise<void> {
    await this.#firstPass;
    this.#work.failure.throwIfAny();
    for (let pass = 2; pass <= this.shape.passes; pass++)
      for (const blocks of runsOf(pass, this.shape.blocks)) await this.#encodeRun(pass, blocks);
  }

  /** Block roots of some blocks of a layer. */
  roots(layer: number, { first, end }: BlockRange): Uint8Array {
    const { blocks, buffer } = this.shape;
    const column = blocks * BLOCK_SIZE + layer * blocks * HASH_SIZE;
    return buffer.bytes.subarray(column + first * HASH_SIZE, column + end * HASH_SIZE);
  }

  /** Bytes of some blocks, of the layer that the segment has reached. */
  data({ first, end }: BlockRange): Uint8Array {
    return this.#data.subarray(first * BLOCK_SIZE, end * BLOCK_SIZE);
  }

  #zeroFilled(): number {
    this.#data.fill(0, this.#filled);
    return this.#data.length;
  }

  #send(end: number): void {
    while (this.#sent < end) {
      const next = Math.min(end, this.#sent - (this.#sent % RUN_SIZE) + RUN_SIZE);
      this.#sendRun({ first: this.#sent / BLOCK_SIZE, end: next / BLOCK_SIZE });
      this.#sent = next;
    }
  }

  /** Hashes a run, then encodes it: pass 1 writes over what is hashed, and needs the runs before it. */
  #sendRun(blocks: BlockRange): void {
    const { failure } = this.#work;
    const [hashedBefore, encodedBefore] = [this.#hashing, this.#firstPass];
    const hashed = failure.guard(async () => {
      const roots = this.roots(0, blocks);
      await this.#hash(this.data(blocks), roots);
      await hashedBefore;
      failure.throwIfAny();
      this.#work.hashed(blocks.first, roots);
    });
    this.#hashing = hashed;
    this.#firstPass = failure.guard(async () => {
      await encodedBefore;
      await hashed;
      await this.#encodeRun(1, blocks);
    });
  }

  async #hash(data: Uint8Array, roots: Uint8Array): Promise<void> {
    if (data.length < SHARED_FROM) blockRoots(data, roots);
    else await this.#work.hasher.blockRoots(data, roots);
  }

  async #encodeRun(pass: number, blocks: BlockRange): Promise<void> {
    const { coder, failure, id } = this.#work;
    const segment = { id: await id, bytes: this.#data };
    failure.throwIfAny();
    await coder.encode({ pass, segment, blocks, roots: this.roots(pass, blocks) });
    if (pass === this.shape.passes) this.#tellStripe(pass, blocks);
  }

  /** Runs come in the order of the pass, so that one of them is the last of its stripe. */
  #tellStripe(pass: number, { first, end }: BlockRange): void {
    const isLast =
      pass % 2 === 1 ? end % STRIPE_BLOCKS === 0 || end === this.shape.blocks : first % STRIPE_BLOCKS === 0;
    if (isLast) this.#work.encoded(Math.floor(first / STRIPE_BLOCKS));
  }
}

/** Runs of a pass over a segment, in the order of the pass: backward for even ones. */
function runsOf(pass: number, blocks: number): readonly BlockRange[] {
  const runs = Array.from({ length: Math.ceil(blocks / CODER_RUN_BLOCKS) }, (_, i) => ({
    first: i * CODER_RUN_BLOCKS,
    end: Math.min(blocks, (i + 1) * CODER_RUN_BLOCKS),
  }));
  return pass % 2 === 1 ? runs : runs.reverse();
}
