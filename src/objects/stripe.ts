import { blockCount, blocksInStripe, BLOCK_SIZE, HASH_SIZE, stripeCount } from '../content/geometry.ts';
import { OBJECT_KIND, type ObjectKind } from '../content/object-id.ts';

/** Where the parts of one stripe lie, in bytes from its start. */
export interface StripeLayout {
  /** Blocks of this stripe, at most 1024. */
  readonly blocks: number;
  /** Bytes of the replica, from offset 0. */
  readonly dataBytes: number;
  /** Offset of the block roots of layer 0; those of layer l follow `l × blocks × 32` bytes later. */
  readonly rootsOffset: number;
  /** Offset of the u16 chunk lengths of a collection; equals `totalBytes` for a file. */
  readonly lengthsOffset: number;
  readonly totalBytes: number;
}

/** What decides the layout of an object's stripes. */
export interface StripedObject {
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  /** Passes L of the profile; layers 0 … L each have their roots. */
  readonly passes: number;
}

/**
 * Layout of stripe `stripe`: m × 4096 replica bytes ‖ m × 32 block roots per layer ‖ kind 3: m × u16 chunk length.
 * @see object-layout.md, section 3
 */
export function stripeLayout(object: StripedObject, stripe: number): StripeLayout {
  const blocks = blocksInStripe(blockCount(object.sizeBytes), stripe);
  const dataBytes = blocks * BLOCK_SIZE;
  const lengthsOffset = dataBytes + (object.passes + 1) * blocks * HASH_SIZE;
  const totalBytes = lengthsOffset + (object.kind === OBJECT_KIND.collection ? blocks * 2 : 0);
  return { blocks, dataBytes, rootsOffset: dataBytes, lengthsOffset, totalBytes };
}

/** Bytes of the stripe roots `r`: (L + 1) × stripes × 32; 0 for an object of one stripe, which has none. */
export function stripeRootsBytes(object: StripedObject): number {
  const stripes = stripeCount(blockCount(object.sizeBytes));
  return stripes < 2 ? 0 : (object.passes + 1) * stripes * HASH_SIZE;
}
