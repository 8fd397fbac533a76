import { BLOCK_SIZE, blockCount, HASH_SIZE, STRIPE_BLOCKS, stripeCount } from '../../content/geometry.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { StripedObject } from '../../objects/stripe.ts';
import type { Tag } from '../../objects/tag.ts';
import { SEGMENT_BLOCKS } from '../../proof/graph.ts';
import { foldRoots } from '../../proof/kernels.ts';
import type { ReplicaCoder } from '../../proof/replica-coder.ts';
import { segmentId } from '../../proof/segments.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { foldWithPauses } from '../memory/block-hashing.ts';
import type { ByteStage } from './byte-stage.ts';
import { EncodedSegment, segmentRoom } from './encoded-segment.ts';
import { FirstFailure } from './first-failure.ts';
import { PromisedValue } from './promised-value.ts';
import type { RunningCall } from '../running-calls.ts';
import type { SegmentBuffer, SegmentBuffers } from '../memory/segment-buffers.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { StripeBuffers } from '../memory/stripe-buffers.ts';
import type { StripeChunks } from './stripe-stage.ts';

/** Segments of one object that are filled, encoded or written at a time. */
const SEGMENTS_AT_ONCE = 2;
const SEGMENT_STRIPES = SEGMENT_BLOCKS / STRIPE_BLOCKS;

/** What a stage works with. */
export interface EncodedStageOptions {
  readonly store: ObjectStore;
  readonly hasher: TreeHasher;
  readonly coder: ReplicaCoder;
  readonly buffers: StripeBuffers;
  readonly segments: SegmentBuffers;
  /** With one pass at least. */
  readonly object: StripedObject;
  /** Where it is staged; the stage waits for it before the first write only. */
  readonly tag: Promise<Tag>;
  /** Failed when a part beside the sender's fails, so that nobody waits for a sender in vain. */
  readonly call: RunningCall;
  readonly chunks?: StripeChunks;
}

/**
 * Turns the bytes of one object into the staged stripes of its replica, segment by segment. It keeps the memory of one segment from its first byte
 * to its end; a second one is used while it is free, so that the next segment is received while one is encoded.
 *
 * States: taking bytes -> received -> finished; `abandon` from any of them. `encodeAs` is called once, whenever the id is known.
 */
export class EncodedStage implements ByteStage {
  readonly #options: EncodedStageOptions;
  readonly #failure: FirstFailure;
  readonly #blocks: number;
  readonly #writer: SegmentWriter;
  /** Stripe roots of layers 0 to L. */
  readonly #stripeRoots: readonly Uint8Array[];
  readonly #replicaId = new PromisedValue<Uint8Array>();
  readonly #encoding = new Set<Promise<void>>();
  #own: SegmentBuffer | undefined;
  #ownIsFree = false;
  #filling: EncodedSegment | undefined;
  #hashing: Promise<void> = Promise.resolve();
  #nextSegment = 0;

  constructor(options: EncodedStageOptions) {
    const { object, call } = options;
    this.#options = options;
    this.#failure = new FirstFailure(call);
    this.#blocks = blockCount(object.sizeBytes);
    const stripes = stripeCount(this.#blocks);
    this.#stripeRoots = Array.from({ length: object.passes + 1 }, () => new Uint8Array(stripes * HASH_SIZE));
    this.#writer = new SegmentWriter(options, this.#failure);
  }

  /** Names the replica, 32 bytes; encoding waits for it. */
  encodeAs(replicaId: Uint8Array): void {
    this.#replicaId.resolve(replicaId);
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    this.#failure.throwIfAny();
    const filling = this.#filling;
    if (filling === undefined || bytes.length > filling.missing)
      return bytes.length === 0 ? undefined : this.#appendSlowly(bytes);
    this.#fill(filling, bytes);
    return undefined;
  }

  /** Waits for the memory of the next bytes, so that whoever reads them from somewhere does so once there is room. */
  async ready(): Promise<void> {
    this.#filling ??= await this.#open();
    this.#failure.throwIfAny();
  }

  async hashed(): Promise<void> {
    this.#filling?.hashSoFar();
    await (this.#filling?.hashing ?? this.#hashing);
    this.#failure.throwIfAny();
  }

  /** Ends the object after its last byte. @returns its data root */
  async received(): Promise<Uint8Array> {
    this.#failure.throwIfAny();
    if (this.#nextSegment === 0) this.#fill(await this.#open(), new Uint8Array()); // an empty object is one zero block
    await this.#hashing;
    this.#failure.throwIfAny();
    return this.#layerRoot(0);
  }

  /** Waits until the replica and its trees are durable. @returns R_1 … R_L */
  async finish(): Promise<readonly Uint8Array[]> {
    await Promise.all(this.#encoding);
    await this.#writer.written();
    this.#failure.throwIfAny();
    const { store, tag, object } = this.#options;
    if (this.#blocks > STRIPE_BLOCKS) await store.writeRoots(await tag, Buffer.concat(this.#stripeRoots));
    const layers = Array.from({ length: object.passes }, (_, i) => this.#layerRoot(i + 1));
    const roots = await Promise.all(layers);
    this.#own?.release();
    this.#own = undefined;
    return roots;
  }

  /** Waits for what runs and gives the memory back, whatever happened. */
  async abandon(): Promise<void> {
    this.#failure.giveUp();
    this.#replicaId.reject(new Error('the set was given up before its id was known'));
    const filling = this.#filling;
    this.#filling = undefined;
    await filling?.settled();
    await Promise.all(this.#encoding);
    await this.#writer.written();
    if (filling !== undefined) this.#giveBack(filling.shape.buffer);
    this.#own?.release();
    this.#own = undefined;
  }

  async #appendSlowly(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      const filling = (this.#filling ??= await this.#open());
      this.#failure.throwIfAny();
      const part = rest.subarray(0, filling.missing);
      this.#fill(filling, part);
      rest = rest.subarray(part.length);
    }
  }

  #fill(filling: EncodedSegment, bytes: Uint8Array): void {
    filling.fill(bytes);
    if (filling.missing > 0) return;
    this.#filling = undefined;
    this.#hashing = filling.hashing;
    const encoding = this.#encode(filling).finally(() => this.#encoding.delete(encoding));
    this.#encoding.add(encoding);
  }

  /** Encodes a full segment; its memory is free once its last stripe is on its way. */
  async #encode(segment: EncodedSegment): Promise<void> {
    await this.#failure.guard(() => segment.encode());
    await segment.settled();
    await this.#writer.copied(segment);
    this.#giveBack(segment.shape.buffer);
  }

  async #open(): Promise<EncodedSegment> {
    const { object, hasher, coder } = this.#options;
    const number = this.#nextSegment++;
    const first = number * SEGMENT_BLOCKS;
    const blocks = Math.min(SEGMENT_BLOCKS, this.#blocks - first);
    const buffer = await this.#takeBuffer(segmentRoom({ blocks, passes: object.passes }));
    const contentBytes = Math.min(blocks * BLOCK_SIZE, object.sizeBytes - first * BLOCK_SIZE);
    const segment: EncodedSegment = new EncodedSegment(
      { blocks, contentBytes, passes: object.passes, buffer },
      {
        hasher,
        coder,
        failure: this.#failure,
        id: this.#replicaId.promise.then((id) => segmentId(id, number)),
        before: this.#hashing,
        hashed: (block, roots) => this.#hashed(segment, { number, block, roots }),
        encoded: (stripe) => this.#encoded(segment, { number, stripe }),
      },
    );
    return segment;
  }

  /** Nothing may be waited for while a segment is held that others could be waiting for: only the first one is. */
  async #takeBuffer(bytes: number): Promise<SegmentBuffer> {
    const { segments, call } = this.#options;
    if (this.#own === undefined) {
      this.#own = await segments.take(bytes, call.signal);
      return this.#own;
    }
    while (this.#encoding.size >= SEGMENTS_AT_ONCE) await Promise.race(this.#encoding);
    if (!this.#ownIsFree) {
      const second = segments.tryTake(bytes);
      if (second !== undefined) return second;
      await Promise.all(this.#encoding);
    }
    this.#ownIsFree = false;
    return this.#own;
  }

  #giveBack(buffer: SegmentBuffer): void {
    if (buffer === this.#own) this.#ownIsFree = true;
    else buffer.release();
  }

  #hashed(
    segment: EncodedSegment,
    { number, block, roots }: { number: number; block: number; roots: Uint8Array },
  ): void {
    this.#options.chunks?.hashed(number * SEGMENT_BLOCKS + block, roots);
    const end = block + roots.length / HASH_SIZE;
    if (end % STRIPE_BLOCKS !== 0 && end !== segment.shape.blocks) return;
    this.#foldStripe(segment, { number, stripe: Math.floor(block / STRIPE_BLOCKS), layer: 0 });
  }

  #encoded(segment: EncodedSegment, { number, stripe }: { number: number; stripe: number }): void {
    for (let layer = 1; layer <= segment.shape.passes; layer++)
      this.#foldStripe(segment, { number, stripe, layer });
    this.#writer.write({ segment, inSegment: stripe, inObject: number * SEGMENT_STRIPES + stripe });
  }

  #foldStripe(
    segment: EncodedSegment,
    { number, stripe, layer }: { number: number; stripe: number; layer: number },
  ): void {
    const first = stripe * STRIPE_BLOCKS;
    const end = Math.min(segment.shape.blocks, first + STRIPE_BLOCKS);
    const root = foldRoots(segment.roots(layer, { first, end }));
    this.#stripeRoots[layer]?.set(root, (number * SEGMENT_STRIPES + stripe) * HASH_SIZE);
  }

  async #layerRoot(layer: number): Promise<Uint8Array> {
    return foldWithPauses(this.#stripeRoots[layer] ?? new Uint8Array());
  }
}
