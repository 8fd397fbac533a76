import { STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { type StripedObject, stripeLayout } from '../../objects/stripe.ts';
import type { Tag } from '../../objects/tag.ts';
import { ByteBudget } from '../memory/byte-budget.ts';
import type { EncodedSegment } from './encoded-segment.ts';
import type { FirstFailure } from './first-failure.ts';
import { PromisedValue } from './promised-value.ts';
import type { RunningCall } from '../running-calls.ts';
import { copyShared } from '../memory/shared-copy.ts';
import type { StripeBuffers } from '../memory/stripe-buffers.ts';
import { type StripeChunks, writeLengths } from './stripe-stage.ts';

/** Stripes of one object that are written at a time. */
const STRIPES_AT_ONCE = 4;

/** What a writer works with. */
export interface SegmentWriterOptions {
  readonly store: ObjectStore;
  readonly buffers: StripeBuffers;
  readonly object: StripedObject;
  readonly tag: Promise<Tag>;
  readonly call: RunningCall;
  readonly chunks?: StripeChunks;
}

/** A stripe by its number in the segment, and in the object. */
interface StripePlace {
  readonly segment: EncodedSegment;
  readonly inSegment: number;
  readonly inObject: number;
}

/**
 * Writes the stripes of segments beside their encoding. A stripe is put together in a stripe buffer: the blocks of a segment lie in one row, those
 * of a stripe are followed by their roots. Whoever holds such a buffer waits for the store only, never for other memory.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #failure: FirstFailure;
  readonly #places = new ByteBudget('stripes in flight', STRIPES_AT_ONCE);
  readonly #writing = new Set<Promise<void>>();
  /** Stripes that are still to be copied out of their segment. */
  readonly #copying = new Map<EncodedSegment, Promise<void>[]>();

  constructor(options: SegmentWriterOptions, failure: FirstFailure) {
    this.#options = options;
    this.#failure = failure;
  }

  /** Queues a stripe; its failure is that of the stage. */
  write(place: StripePlace): void {
    const copied = new PromisedValue<undefined>();
    const waiting = this.#copying.get(place.segment) ?? [];
    waiting.push(copied.promise);
    this.#copying.set(place.segment, waiting);
    const writing = this.#failure
      // those before it end when the call does, so that it needs no listener of its own
      .guard(() => this.#places.during(1, () => this.#write(place, copied)))
      .finally(() => {
        copied.resolve(undefined);
        this.#writing.delete(writing);
      });
    this.#writing.add(writing);
  }

  /** Waits until nothing is read any more from a segment that will get no further stripes. */
  async copied(segment: EncodedSegment): Promise<void> {
    await Promise.all(this.#copying.get(segment) ?? []);
    this.#copying.delete(segment);
  }

  /** Waits for all that was queued, whatever happened. */
  async written(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #write(place: StripePlace, copied: PromisedValue<undefined>): Promise<void> {
    const { buffers, object, call, store, tag, chunks } = this.#options;
    const { totalBytes, blocks } = stripeLayout(object, place.inObject);
    const first = place.inObject * STRIPE_BLOCKS;
    const buffer = await buffers.take(totalBytes, call.signal);
    try {
      this.#failure.throwIfAny();
      const bytes = buffer.bytes.subarray(0, totalBytes);
      this.#assemble(bytes, place);
      copied.resolve(undefined);
      await store.writeStripe(await tag, place.inObject, bytes, chunks?.rows(first, first + blocks));
    } finally {
      buffer.release();
    }
  }

  /** Puts the blocks, their roots of each layer and the chunk lengths behind each other. */
  #assemble(bytes: Uint8Array, { segment, inSegment, inObject }: StripePlace): void {
    const { object, chunks } = this.#options;
    const layout = stripeLayout(object, inObject);
    const first = inSegment * STRIPE_BLOCKS;
    const blocks = { first, end: first + layout.blocks };
    copyShared(bytes, 0, segment.data(blocks));
    for (let layer = 0, at = layout.rootsOffset; layer <= object.passes; layer++) {
      const roots = segment.roots(layer, blocks);
      copyShared(bytes, at, roots);
      at += roots.length;
    }
    if (chunks !== undefined)
      writeLengths(bytes, layout, (i) => chunks.lengthOf(inObject * STRIPE_BLOCKS + i));
  }
}
