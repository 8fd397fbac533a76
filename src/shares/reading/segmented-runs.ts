import type { BlockRange } from '../../content/block-range.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { SEGMENT_BLOCKS } from '../../proof/graph.ts';
import { abortReason } from '../abort.ts';
import type { HeldObject } from '../held-object.ts';
import type { ObjectReader, StripeRun, VerifiedRun } from './object-reader.ts';
import { ReplicaFacts } from '../replica-facts.ts';
import type { RunningCall } from '../running-calls.ts';
import type { SegmentBuffer, SegmentBuffers } from '../memory/segment-buffers.ts';
import { SegmentReading, type SegmentReadingParts, segmentBytes } from './segment-reading.ts';

/** Blocks of the replica that one block of content is decoded from, by passes. @see proof-of-replication.md, section 5 */
const READ_SET_BLOCKS = [1, 8, 63] as const;
/** More blocks than these of one segment are never decoded apart, on the calling thread: 1 MiB. */
const MOST_APART = 256;

/** What runs of replicas are read with. */
export interface SegmentedRunsParts extends SegmentReadingParts {
  /** Reads runs whose blocks are decoded apart. */
  readonly reader: ObjectReader;
  /** Memory of all segments that are decoded. */
  readonly segments: SegmentBuffers;
}

/** What a reading of an object asks for, and with what. */
interface Reading {
  /** All blocks that will be asked for. */
  readonly blocks: BlockRange;
  readonly call: RunningCall;
  readonly parts: SegmentedRunsParts;
}

/**
 * Runs of a replica, decoded segment by segment, or block by block where that reads much less. While a segment is decoded the next one is read, if
 * memory for it is free; nobody waits for a second segment while holding one.
 */
export class SegmentedRuns {
  readonly #object: HeldObject;
  readonly #facts: ReplicaFacts;
  readonly #reading: Reading;
  readonly #stop = new AbortController();
  #current: SegmentReading | undefined;
  #next: SegmentReading | undefined;

  constructor(object: HeldObject, reading: Reading) {
    this.#object = object;
    this.#facts = ReplicaFacts.of(object);
    this.#reading = reading;
  }

  /** @throws ProvenderError as `ObjectReader.read`; the reason of an abort */
  async read(run: StripeRun, memory: Uint8Array | undefined): Promise<VerifiedRun> {
    const number = Math.floor(run.first / SEGMENT_BLOCKS);
    if (this.#isApart(number)) return this.#reading.parts.reader.read(this.#object, run, memory);
    const segment = this.#current?.number === number ? this.#current : await this.#enter(number);
    const verified = await segment.run(run, memory);
    this.#readAhead(segment);
    return verified;
  }

  async close(): Promise<void> {
    const { signal } = this.#reading.call;
    const left = new ProvenderError('PROVENDER_CANCELLED', 'the reading was left before its end');
    this.#stop.abort(signal.aborted ? abortReason(signal) : left);
    const [current, next] = [this.#current, this.#next];
    this.#current = undefined;
    this.#next = undefined;
    await Promise.all([current?.close(), next?.close()]);
  }

  /** Leaves the segment before, then takes memory for this one. */
  async #enter(number: number): Promise<SegmentReading> {
    await this.#current?.close();
    this.#current = undefined;
    let entered = this.#next;
    this.#next = undefined;
    if (entered?.number !== number) {
      await entered?.close();
      const { segments } = this.#reading.parts;
      entered = this.#start(number, await segments.take(this.#bytes(number), this.#stop.signal));
    }
    if (this.#stop.signal.aborted) {
      await entered.close();
      throw abortReason(this.#stop.signal);
    }
    this.#current = entered;
    return entered;
  }

  #readAhead(segment: SegmentReading): void {
    const number = segment.number + 1;
    const { blocks, parts } = this.#reading;
    if (this.#next !== undefined || !segment.isRead || this.#stop.signal.aborted) return;
    if (number * SEGMENT_BLOCKS >= blocks.end || this.#isApart(number)) return;
    const buffer = parts.segments.tryTake(this.#bytes(number));
    if (buffer !== undefined) this.#next = this.#start(number, buffer);
  }

  #start(number: number, buffer: SegmentBuffer): SegmentReading {
    const segment = this.#facts.segmentOf(number * SEGMENT_BLOCKS);
    const blocks = this.#wanted(number);
    return new SegmentReading(this.#object, { number, segment, blocks, buffer, parts: this.#reading.parts });
  }

  #bytes(number: number): number {
    return segmentBytes(this.#facts.segmentOf(number * SEGMENT_BLOCKS).blocks);
  }

  /** Blocks of a segment that will be asked for, numbered in the object. */
  #wanted(number: number): BlockRange {
    const { first, end } = this.#reading.blocks;
    const start = number * SEGMENT_BLOCKS;
    return { first: Math.max(first, start), end: Math.min(end, start + SEGMENT_BLOCKS) };
  }

  /** Tells whether the blocks of a segment are decoded apart: they are few, and all they need is less than half of what the segment needs. */
  #isApart(number: number): boolean {
    const { first, end } = this.#wanted(number);
    const { start, blocks } = this.#facts.segmentOf(first);
    const count = end - first;
    // the passes of an even number begin at the end of the segment
    const whole = this.#facts.passes > 1 ? blocks : end - start;
    return count <= MOST_APART && 2 * count * (READ_SET_BLOCKS[this.#facts.passes] ?? 1) <= whole;
  }
}
