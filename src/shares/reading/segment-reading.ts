import type { BlockRange } from '../../content/block-range.ts';
import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { isZero } from '../../content/zero-bytes.ts';
import { stripeLayout } from '../../objects/stripe.ts';
import { CODER_RUN_BLOCKS, type ReplicaCoder } from '../../proof/replica-coder.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import type { StripeRun, VerifiedRun } from './object-reader.ts';
import { contentEnd, type SegmentFacts } from '../replica-facts.ts';
import type { SegmentBuffer } from '../memory/segment-buffers.ts';
import { copyShared } from '../memory/shared-copy.ts';
import type { StripeReader } from './stripe-reader.ts';
import type { VerifiedLayers } from './verified-layers.ts';
import { firstDifference, type VerifiedRoots } from './verified-roots.ts';

/** Stripes that are read at the same time. */
const STRIPES_AT_ONCE = 4;
/** Runs that the last pass is ahead of the others, so that two cores find work. */
const RUNS_AHEAD = 3;
/** A run is decoded in two parts from so many blocks on. */
const SPLIT_FROM = 64;

/** What segments are read and decoded with. */
export interface SegmentReadingParts {
  readonly stripes: StripeReader;
  readonly roots: VerifiedRoots;
  readonly layers: VerifiedLayers;
  readonly coder: ReplicaCoder;
}

/** A segment to read. */
export interface SegmentTask {
  /** s. */
  readonly number: number;
  readonly segment: SegmentFacts;
  /** Blocks of the object in this segment that will be asked for. */
  readonly blocks: BlockRange;
  /** Of `segmentBytes`, given back by `close`. */
  readonly buffer: SegmentBuffer;
  readonly parts: SegmentReadingParts;
}

/** Memory that reading a segment of so many blocks takes: the blocks, and their roots as they are decoded. */
export function segmentBytes(blocks: number): number {
  return blocks * (BLOCK_SIZE + HASH_SIZE);
}

/**
 * One segment on its way from the store to content. Reading starts at once.
 *
 * Pass 1 is undone from the segment into the memory of each run: it looks at lower blocks only, so that decoding follows reading. Pass 2, which
 * looks at higher blocks only, is undone in place and ascending, a few runs ahead, once all stripes are there.
 */
export class SegmentReading {
  readonly number: number;
  readonly #object: HeldObject;
  readonly #task: SegmentTask;
  readonly #bytes: Uint8Array;
  /** Of the stripes from the segment's first one on; a stripe that is asked for comes with its block roots in the cache. */
  readonly #reads: Promise<void>[] = [];
  /** Of the runs from the segment's first one on, whose pass 2 has been undone. */
  readonly #undone: Promise<void>[] = [];
  #stripesRead = 0;
  #decoding: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #closing: Promise<void> | undefined;

  constructor(object: HeldObject, task: SegmentTask) {
    this.number = task.number;
    this.#object = object;
    this.#task = task;
    this.#bytes = task.buffer.bytes.subarray(0, task.segment.blocks * BLOCK_SIZE);
    this.#startReads();
  }

  /** Tells whether all that is read of the segment is there. */
  get isRead(): boolean {
    return this.#stripesRead === this.#reads.length;
  }

  /**
   * Gives a run of the blocks that were announced; one at a time.
   * @throws ProvenderError as `ObjectReader.read`
   */
  async run(run: StripeRun, memory: Uint8Array | undefined): Promise<VerifiedRun> {
    const { start } = this.#task.segment;
    const blocks = { first: run.first - start, end: run.end - start };
    await this.#prepared(blocks);
    if (this.#stopped) throw new ProvenderError('PROVENDER_CANCELLED', 'the reading was left before its end');
    const length = (run.end - run.first) * BLOCK_SIZE;
    const data = memory?.subarray(0, length) ?? new Uint8Array(new SharedArrayBuffer(length));
    const decoding = this.#undoFirst(blocks, data);
    this.#decoding = decoding;
    const roots = await decoding;
    await this.#check(run, data, roots);
    return { ...run, data, roots };
  }

  /** Gives the memory back when nobody writes into it any more. */
  close(): Promise<void> {
    this.#stopped = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reads = await Promise.allSettled(this.#reads);
    await Promise.allSettled([...this.#undone, this.#decoding]);
    // what a failed read was given up may still land in the memory
    if (reads.some(({ status }) => status === 'rejected')) this.#task.buffer.drop();
    else this.#task.buffer.release();
  }

  #startReads(): void {
    const { segment, blocks } = this.#task;
    const first = segment.start / STRIPE_BLOCKS;
    const last = this.#passes > 1 ? segment.start + segment.blocks : blocks.end;
    const count = Math.ceil(last / STRIPE_BLOCKS) - first;
    for (let i = 0; i < count; i++) {
      const before = this.#reads[i - STRIPES_AT_ONCE] ?? Promise.resolve();
      const read = before.then(() => this.#read(first + i));
      read.catch(() => undefined); // whoever needs the stripe gets the error
      this.#reads.push(read);
    }
  }

  async #read(stripe: number): Promise<void> {
    if (this.#stopped) return;
    const { parts, segment, blocks } = this.#task;
    const { dataBytes } = stripeLayout(stripedObject(this.#object), stripe);
    const at = (stripe * STRIPE_BLOCKS - segment.start) * BLOCK_SIZE;
    const memory = this.#bytes.subarray(at, at + dataBytes);
    const extents = [{ offset: 0, length: dataBytes }];
    const [data] = await parts.stripes.read(this.#object, stripe, { extents, memory });
    const isThere = data?.buffer === memory.buffer && data.byteOffset === memory.byteOffset;
    if (data !== undefined && !isThere) copyShared(this.#bytes, at, data);
    const isWanted = (stripe + 1) * STRIPE_BLOCKS > blocks.first && stripe * STRIPE_BLOCKS < blocks.end;
    if (isWanted) await parts.roots.column(this.#object, stripe, 0);
    this.#stripesRead++;
  }

  /** Waits until layer 1 of these blocks and of all lower ones is there. */
  async #prepared({ end }: BlockRange): Promise<void> {
    if (this.#passes === 1) await Promise.all(this.#reads.slice(0, Math.ceil(end / STRIPE_BLOCKS)));
    else {
      await Promise.all(this.#reads);
      const run = Math.ceil(end / CODER_RUN_BLOCKS) - 1;
      this.#undoLast(run + RUNS_AHEAD);
      await this.#undone[run];
    }
  }

  /** Starts to undo pass 2 up to run `run` (included), one run after the other. */
  #undoLast(run: number): void {
    const { segment, blocks, parts } = this.#task;
    const end = blocks.end - segment.start;
    for (let i = this.#undone.length; i <= run && i * CODER_RUN_BLOCKS < end; i++) {
      const first = i * CODER_RUN_BLOCKS;
      const range = { first, end: Math.min(first + CODER_RUN_BLOCKS, segment.blocks) };
      const out = this.#bytes.subarray(range.first * BLOCK_SIZE, range.end * BLOCK_SIZE);
      const work = { pass: 2, segment: { id: segment.id, bytes: this.#bytes }, blocks: range, out };
      const undone = (this.#undone[i - 1] ?? Promise.resolve()).then(async () => {
        if (!this.#stopped) await parts.coder.decode(work);
      });
      undone.catch(() => undefined); // whoever needs the run gets the error
      this.#undone.push(undone);
    }
  }

  /** Undoes pass 1 for a run, away from the segment; gives the roots of its blocks. */
  async #undoFirst({ first, end }: BlockRange, data: Uint8Array): Promise<Uint8Array> {
    const { segment, parts, buffer } = this.#task;
    const middle = end - first < SPLIT_FROM ? end : first + Math.ceil((end - first) / 2);
    const halves = [
      { first, end: middle },
      { first: middle, end },
    ].filter((half) => half.first < half.end);
    const rootsAt = (block: number): number => this.#bytes.length + block * HASH_SIZE;
    const decoded = await Promise.allSettled(
      halves.map((blocks) =>
        parts.coder.decode({
          pass: 1,
          segment: { id: segment.id, bytes: this.#bytes },
          blocks,
          out: data.subarray((blocks.first - first) * BLOCK_SIZE, (blocks.end - first) * BLOCK_SIZE),
          roots: buffer.bytes.subarray(rootsAt(blocks.first), rootsAt(blocks.end)),
        }),
      ),
    );
    for (const half of decoded) if (half.status === 'rejected') throw half.reason;
    return new Uint8Array(buffer.bytes.subarray(rootsAt(first), rootsAt(end)));
  }

  /** Compares a decoded run with the block roots of its stripe, and its filling with zeros. */
  async #check(run: StripeRun, data: Uint8Array, roots: Uint8Array): Promise<void> {
    const { layers } = this.#task.parts;
    const column = await layers.column(this.#object, run.stripe, 0);
    const at = (run.first - run.stripe * STRIPE_BLOCKS) * HASH_SIZE;
    const wrong = firstDifference(roots, column.subarray(at));
    if (wrong !== undefined) throw await layers.misfit(this.#object, 0, run.first + wrong);
    const content = contentEnd(this.#object, run.first);
    if (content < data.length && !isZero(data.subarray(Math.max(0, content))))
      throw await layers.fillingFailure(this.#object, run.end - 1);
  }

  get #passes(): number {
    return stripedObject(this.#object).passes;
  }
}
