import { BLOCK_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { stripeKey } from '../../objects/data-names.ts';
import type { Extent, ObjectStore } from '../../objects/object-store.ts';
import type { Damage, DamageReports } from '../damage-reports.ts';
import type { Heads } from '../heads.ts';
import type { HeldObject } from '../held-object.ts';

/** What is read of a stripe, and where to. */
export interface StripeWish {
  /** One or more, ascending. */
  readonly extents: readonly Extent[];
  /** Shared memory as long as all extents together, see `ObjectStore.readStripe`; after a failure it must not be used again. */
  readonly memory?: Uint8Array | undefined;
}

/** What a stripe reader works with. */
export interface StripeReaderParts {
  readonly store: ObjectStore;
  readonly heads: Heads;
  readonly damage: DamageReports;
}

/** Reads bytes of stripes as they are stored, and tells damage from removal. */
export class StripeReader {
  readonly #parts: StripeReaderParts;

  constructor(parts: StripeReaderParts) {
    this.#parts = parts;
  }

  /**
   * Reads extents of a stripe. All but the last are there in full; the last may be short when it is `trailing`, for whoever checks it itself.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and bytes are missing
   */
  async read(
    object: HeldObject,
    stripe: number,
    wish: StripeWish,
    trailing = false,
  ): Promise<readonly Uint8Array[]> {
    const parts = await this.#readStripe(object, stripe, wish);
    const key = stripeKey(object.head.tag, stripe);
    const start = stripe * STRIPE_BLOCKS;
    if (parts === undefined) {
      throw await this.failure(object, { key, block: start, reason: 'the stripe is missing' });
    }
    const checked = trailing ? wish.extents.slice(0, -1) : wish.extents;
    for (const [i, { offset, length }] of checked.entries()) {
      const found = parts[i]?.length ?? 0;
      if (found === length) continue;
      const at = offset + found;
      const block = start + Math.floor(at / BLOCK_SIZE);
      throw await this.failure(object, { key, block, reason: `the stripe ends at byte ${at}` });
    }
    return parts;
  }

  /** The error for something that failed its check: damage if the head stands, else the object is gone, which is no damage. */
  async failure(object: HeldObject, damage: Damage): Promise<ProvenderError> {
    if (await this.#parts.heads.stands(object)) return this.#parts.damage.report(damage);
    return new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `${objectIdHex(object.id)} was removed while it was read`,
      {
        details: { id: objectIdHex(object.id) },
      },
    );
  }

  /** What the store itself finds damaged is reported like a block that does not fit. */
  async #readStripe(
    object: HeldObject,
    stripe: number,
    { extents, memory }: StripeWish,
  ): Promise<readonly Uint8Array[] | undefined> {
    try {
      return await this.#parts.store.readStripe(object.head.tag, stripe, extents, memory);
    } catch (cause) {
      if (!isProvenderError(cause, 'PROVENDER_CORRUPT')) throw cause;
      const block = stripe * STRIPE_BLOCKS + Math.floor((extents[0]?.offset ?? 0) / BLOCK_SIZE);
      throw await this.failure(object, {
        key: stripeKey(object.head.tag, stripe),
        block,
        reason: cause.message,
        cause,
      });
    }
  }
}
