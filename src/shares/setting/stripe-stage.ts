import {
  BLOCK_SIZE,
  blockCount,
  HASH_SIZE,
  STRIPE_BLOCKS,
  STRIPE_SIZE,
  stripeCount,
} from '../../content/geometry.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { IndexRow, ObjectStore } from '../../objects/object-store.ts';
import { type StripedObject, type StripeLayout, stripeLayout } from '../../objects/stripe.ts';
import type { Tag } from '../../objects/tag.ts';
import { blockRoots, foldRoots } from '../../proof/kernels.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { foldWithPauses } from '../memory/block-hashing.ts';
import type { ByteStage } from './byte-stage.ts';
import type { RunningCall } from '../running-calls.ts';
import { copyShared } from '../memory/shared-copy.ts';
import { SHARED_FROM, type StripeBuffer, type StripeBuffers } from '../memory/stripe-buffers.ts';

/** Bytes that are hashed as soon as they are there, so that hashing overlaps with receiving. */
const HASH_UNIT = 1024 * 1024;
/** Stripes of one stream that are filled, hashed or written at a time. */
const STRIPES_AT_ONCE = 2;

/** What a collection adds to the stripes of a file. */
export interface StripeChunks {
  /** Takes the roots of blocks as they are hashed, in order; what it throws fails the stage. */
  hashed(firstBlock: number, roots: Uint8Array): void;
  /** Content bytes of the chunk in a block; 0 for a manifest block. */
  lengthOf(block: number): number;
  /** Index rows of the chunks among these blocks. */
  rows(firstBlock: number, endBlock: number): readonly IndexRow[];
}

/** What a stage works with. */
export interface StripeStageOptions {
  readonly store: ObjectStore;
  readonly hasher: TreeHasher;
  readonly buffers: StripeBuffers;
  readonly object: StripedObject;
  /** Where it is staged; the stage waits for it before the first write only. */
  readonly tag: Promise<Tag>;
  /** Failed when a part beside the sender's fails, so that nobody waits for a sender in vain. */
  readonly call: RunningCall;
  readonly chunks?: StripeChunks;
  /** A buffer that belongs to the stage's owner, used before others are asked for. */
  readonly own?: StripeBuffer;
}

/** A stripe that takes bytes. */
interface Filling {
  readonly stripe: number;
  readonly layout: StripeLayout;
  readonly buffer: StripeBuffer;
  /** Content bytes that belong to the stripe; the filling of the last block follows. */
  readonly contentBytes: number;
  readonly hashes: Promise<void>[];
  filled: number;
  hashed: number;
}

/**
 * Turns the bytes of one object into staged stripes: fills a buffer, hashes it piece by piece, folds the roots, writes the stripe while the
 * next one fills. Holds two buffers at most, needs one, and never waits for one while it holds another (besides `own`).
 *
 * States: taking bytes -> finished -> written; `abandon` from any of them. After a failure every method throws it.
 */
export class StripeStage implements ByteStage {
  readonly #options: StripeStageOptions;
  readonly #stripes: number;
  readonly #stripeRoots: Uint8Array[] = [];
  readonly #hashing = new Set<Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  #filling: Filling | undefined;
  #inOrder: Promise<void> = Promise.resolve();
  #nextStripe = 0;
  #ownIsFree: boolean;
  #failure: ProvenderError | undefined;

  constructor(options: StripeStageOptions) {
    this.#options = options;
    this.#ownIsFree = options.own !== undefined;
    this.#stripes = stripeCount(blockCount(options.object.sizeBytes));
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    this.#throwFailure();
    const filling = this.#filling;
    if (filling === undefined || bytes.length > filling.contentBytes - filling.filled)
      return bytes.length === 0 ? undefined : this.#appendSlowly(bytes);
    this.#fill(filling, bytes);
    return undefined;
  }

  async hashed(): Promise<void> {
    if (this.#filling !== undefined) this.#hash(this.#filling, this.#filling.filled);
    await this.#inOrder;
    this.#throwFailure();
  }

  /** Ends the object after its last byte; its stripes may still be on their way. @returns its data root */
  async finish(): Promise<Uint8Array> {
    this.#throwFailure();
    if (this.#nextStripe === 0) this.#seal(await this.#open()); // an empty object is one zero block
    await Promise.all(this.#hashing);
    this.#throwFailure();
    const roots = new Uint8Array(this.#stripes * HASH_SIZE);
    for (const [stripe, root] of this.#stripeRoots.entries()) roots.set(root, stripe * HASH_SIZE);
    if (this.#stripes > 1) this.#track(this.#writing, this.#writeRoots(roots));
    return foldWithPauses(roots);
  }

  /** Waits until all is durable. */
  async written(): Promise<void> {
    await Promise.all(this.#writing);
    this.#throwFailure();
  }

  /** Waits for what runs and gives the buffers back, whatever happened. */
  async abandon(): Promise<void> {
    this.#failure ??= new ProvenderError('PROVENDER_CANCELLED', 'the set was given up');
    await this.#inOrder;
    if (this.#filling !== undefined) await Promise.allSettled(this.#filling.hashes);
    await Promise.all([...this.#hashing, ...this.#writing]);
    if (this.#filling !== undefined) this.#giveBack(this.#filling.buffer);
    this.#filling = undefined;
  }

  async #appendSlowly(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      const filling = (this.#filling ??= await this.#open());
      const part = rest.subarray(0, filling.contentBytes - filling.filled);
      this.#fill(filling, part);
      rest = rest.subarray(part.length);
      this.#throwFailure();
    }
  }

  /** Copies bytes that fit, hashes what is a whole unit, and ends the stripe when it is full. */
  #fill(filling: Filling, bytes: Uint8Array): void {
    copyShared(filling.buffer.bytes, filling.filled, bytes);
    filling.filled += bytes.length;
    if (filling.filled === filling.contentBytes) {
      this.#seal(filling);
      return;
    }
    const unit = filling.filled - (filling.filled % HASH_UNIT);
    if (unit > filling.hashed) this.#hash(filling, unit);
  }

  async #open(): Promise<Filling> {
    const stripe = this.#nextStripe++;
    const { object } = this.#options;
    const layout = stripeLayout(object, stripe);
    const contentBytes = Math.min(layout.dataBytes, object.sizeBytes - stripe * STRIPE_SIZE);
    const buffer = await this.#takeBuffer(layout.totalBytes);
    return { stripe, layout, buffer, contentBytes, hashes: [], filled: 0, hashed: 0 };
  }

  async #takeBuffer(bytes: number): Promise<StripeBuffer> {
    const { buffers, own, call } = this.#options;
    while (this.#writing.size >= STRIPES_AT_ONCE) await Promise.race(this.#writing);
    if (own === undefined || !this.#ownIsFree) {
      const second = buffers.tryTake(bytes);
      if (second !== undefined) return second;
      // Nothing may be held while waiting for others: they could be waiting for this one.
      await Promise.all(this.#writing);
      if (own === undefined) return buffers.take(bytes, call.signal);
    }
    this.#ownIsFree = false;
    return own;
  }

  #giveBack(buffer: StripeBuffer): void {
    if (buffer === this.#options.own) this.#ownIsFree = true;
    else buffer.release();
  }

  /** Hashes the whole blocks up to byte `end` of the stripe; a small piece at once, a large one by the hasher. */
  #hash(filling: Filling, end: number): void {
    const { layout, buffer, hashed } = filling;
    if (end <= hashed) return;
    filling.hashed = end;
    const first = hashed / BLOCK_SIZE;
    const data = buffer.bytes.subarray(hashed, end);
    const start = layout.rootsOffset + first * HASH_SIZE;
    const roots = buffer.bytes.subarray(start, start + ((end - hashed) / BLOCK_SIZE) * HASH_SIZE);
    let done = Promise.resolve();
    if (data.length < SHARED_FROM) blockRoots(data, roots);
    else done = this.#options.hasher.blockRoots(data, roots);
    const { chunks } = this.#options;
    const before = this.#inOrder;
    const hash = this.#guarded(async () => {
      await done;
      await before;
      if (this.#failure === undefined) chunks?.hashed(filling.stripe * STRIPE_BLOCKS + first, roots);
    });
    this.#inOrder = hash;
    filling.hashes.push(hash);
  }

  /** Ends a full stripe: filling, last hashes; folding and writing go on beside the next stripe. */
  #seal(filling: Filling): void {
    const { layout, buffer, contentBytes } = filling;
    buffer.bytes.fill(0, contentBytes, layout.dataBytes);
    this.#filling = undefined;
    this.#hash(filling, layout.dataBytes);
    const folded = this.#guarded(() => this.#fold(filling));
    this.#track(this.#hashing, folded);
    this.#track(
      this.#writing,
      folded.then(() => this.#write(filling)),
    );
  }

  async #fold(filling: Filling): Promise<void> {
    await Promise.all(filling.hashes);
    const { stripe, layout, buffer } = filling;
    const start = layout.rootsOffset;
    this.#stripeRoots[stripe] = foldRoots(buffer.bytes.subarray(start, start + layout.blocks * HASH_SIZE));
  }

  async #write(filling: Filling): Promise<void> {
    const { stripe, layout, buffer } = filling;
    await this.#guarded(async () => {
      if (this.#failure !== undefined) return;
      const { store, tag, chunks } = this.#options;
      const first = stripe * STRIPE_BLOCKS;
      if (chunks !== undefined) writeLengths(buffer.bytes, layout, (i) => chunks.lengthOf(first + i));
      const bytes = buffer.bytes.subarray(0, layout.totalBytes);
      await store.writeStripe(await tag, stripe, bytes, chunks?.rows(first, first + layout.blocks));
    });
    this.#giveBack(buffer);
  }

  #writeRoots(roots: Uint8Array): Promise<void> {
    return this.#guarded(async () => this.#options.store.writeRoots(await this.#options.tag, roots));
  }

  /** Runs a part that nobody may be waiting for: its failure becomes the stage's. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = isProvenderError(error)
        ? error
        : new ProvenderError('PROVENDER_INTERNAL', 'a stripe could not be staged', { cause: error });
      this.#failure ??= failure;
      this.#options.call.fail(failure);
    }
  }

  #track(set: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work.finally(() => set.delete(tracked));
    set.add(tracked);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Writes the chunk lengths of a stripe of a collection behind its roots. */
export function writeLengths(
  bytes: Uint8Array,
  layout: StripeLayout,
  lengthOf: (block: number) => number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < layout.blocks; i++) view.setUint16(layout.lengthsOffset + 2 * i, lengthOf(i));
}
