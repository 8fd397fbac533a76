import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { Extent } from '../../objects/object-store.ts';
import type { StripeLayout } from '../../objects/stripe.ts';
import { READ_PIECE_SIZE } from '../memory/block-hashing.ts';
import type { HeldObject } from '../held-object.ts';
import { isZero } from '../../content/zero-bytes.ts';
import type { CheckParts } from './check-parts.ts';

/** Why a stripe cannot be read whole. */
export interface UnreadableStripe {
  readonly reason: string;
  /** Byte of the stripe where it ends, or from where on it cannot be read; absent when all of it is missing. */
  readonly at?: number;
}

/** What a stripe holds behind its replica, and what its replica hashes to. */
export interface StripeContent {
  /** Block roots of layers 0 … L, then the chunk lengths of a collection. */
  readonly tail: Uint8Array;
  /** Root of each block of the replica. */
  readonly roots: Uint8Array;
  /** Whether all behind the content is zero; true for a replica, where this shows after decoding only. */
  readonly isFilledWithZeros: boolean;
}

type Read = Uint8Array | UnreadableStripe;

/** Reads whole stripes in pieces of 1 MiB, into the same memory again and again. */
export class StripeRead {
  readonly #parts: CheckParts;
  /** Lent to the store; given up after a failed read, which may still land there. */
  #memory: Uint8Array | undefined;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  /** Reads and hashes stripe `stripe`. */
  async read(
    object: HeldObject,
    stripe: number,
    layout: StripeLayout,
  ): Promise<StripeContent | UnreadableStripe> {
    const { rootsOffset, totalBytes, dataBytes, blocks } = layout;
    const tail = await this.#extent(object, stripe, {
      offset: rootsOffset,
      length: totalBytes - rootsOffset,
    });
    if ('reason' in tail && tail.at !== rootsOffset) return tail;
    const roots = new Uint8Array(blocks * HASH_SIZE);
    let isFilledWithZeros = true;
    for (let offset = 0; offset < dataBytes; offset += READ_PIECE_SIZE) {
      const length = Math.min(READ_PIECE_SIZE, dataBytes - offset);
      const data = await this.#piece(object, stripe, { offset, length });
      if ('reason' in data) return data;
      roots.set(await this.#parts.hashing.roots(data), (offset / BLOCK_SIZE) * HASH_SIZE);
      isFilledWithZeros &&= hasZeroFilling(object, stripe * STRIPE_BLOCKS * BLOCK_SIZE + offset, data);
    }
    // a stripe that ends where its roots begin, or before, is found out here
    return 'reason' in tail ? tail : { tail, roots, isFilledWithZeros };
  }

  /** A part of the replica, into the lent memory: good until the next one is read. */
  async #piece(object: HeldObject, stripe: number, extent: Extent): Promise<Read> {
    const memory = this.#memory ?? new Uint8Array(new SharedArrayBuffer(READ_PIECE_SIZE));
    this.#memory = undefined;
    const read = await this.#extent(object, stripe, extent, memory.subarray(0, extent.length));
    if (!('reason' in read)) this.#memory = memory;
    return read;
  }

  async #extent(object: HeldObject, stripe: number, extent: Extent, memory?: Uint8Array): Promise<Read> {
    const { offset, length } = extent;
    await this.#parts.turn(length);
    let read: readonly Uint8Array[] | undefined;
    try {
      read = await this.#parts.store.readStripe(object.head.tag, stripe, [extent], memory);
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_CORRUPT')) throw error;
      return { reason: error.message, at: offset };
    }
    const [bytes] = read ?? [];
    if (bytes === undefined) return { reason: 'the stripe is missing' };
    const at = offset + bytes.length;
    return bytes.length < length ? { reason: `the stripe ends at byte ${at}`, at } : bytes;
  }
}

/** The filling of the last block is part of the tree, but only zeros are right. */
function hasZeroFilling(object: HeldObject, start: number, data: Uint8Array): boolean {
  const { profile, sizeBytes } = object.head.statement;
  const content = sizeBytes - start;
  return profile !== 0 || content >= data.length || isZero(data.subarray(content));
}
