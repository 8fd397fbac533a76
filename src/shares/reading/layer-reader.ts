import type { HeldObject } from '../held-object.ts';

/**
 * Reads layers of files and collections by block: the replica is layer L, layers below it are decoded from it. Everything it gives has been
 * compared with the roots that the signed head vouches for; what does not fit is reported as damage, as `ObjectReader` does.
 *
 * Errors: `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT` when it stands and does not fit.
 */
export interface LayerReader {
  /** Stripe roots of a layer, 32 bytes each, which fold to R_l (layer 0: to the data root). */
  stripeRoots(object: HeldObject, layer: number): Promise<Uint8Array>;
  /** Block roots of a layer in one stripe, 32 bytes each, which fold to the stripe's root. */
  column(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array>;
  /** The tree over the stripe roots of a layer, up to R_l; see `treeOver`. */
  stripeTree(object: HeldObject, layer: number): Promise<Uint8Array>;
  /** The tree over the block roots of a layer in one stripe, up to the stripe's root; see `treeOver`. */
  columnTree(object: HeldObject, stripe: number, layer: number): Promise<Uint8Array>;
  /**
   * Blocks of a layer by their numbers in the object, 4096 bytes each, filling included. At most 8192 at once, else `PROVENDER_INVALID`: the answer
   * is the asker's memory.
   */
  blocks(
    object: HeldObject,
    layer: number,
    blocks: readonly number[],
  ): Promise<ReadonlyMap<number, Uint8Array>>;
}
