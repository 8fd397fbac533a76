import { blockCount, BLOCK_SIZE, stripeCount } from '../content/geometry.ts';
import { OBJECT_KIND } from '../content/object-id.ts';
import { type StripedObject, stripeLayout, stripeRootsBytes } from './stripe.ts';

/**
 * Bytes that an object takes of the limit: replica, tree roots, chunk lengths and head; the same on every adapter.
 * Known before the first byte is written, so that a reservation can be exact.
 */
export function storedSize(object: StripedObject, headBytes: number): number {
  if (object.kind === OBJECT_KIND.chunk) return BLOCK_SIZE + headBytes;
  const stripes = stripeCount(blockCount(object.sizeBytes));
  const full = stripes > 1 ? (stripes - 1) * stripeLayout(object, 0).totalBytes : 0;
  return full + stripeLayout(object, stripes - 1).totalBytes + stripeRootsBytes(object) + headBytes;
}
