import { BLOCK_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { Extent } from '../../objects/object-store.ts';

/** Blocks by the number of their stripe. */
export function byStripe(blocks: Iterable<number>): ReadonlyMap<number, readonly number[]> {
  const stripes = new Map<number, number[]>();
  for (const block of blocks) {
    const stripe = Math.floor(block / STRIPE_BLOCKS);
    const list = stripes.get(stripe);
    if (list === undefined) stripes.set(stripe, [block]);
    else list.push(block);
  }
  return stripes;
}

/** Extents of blocks of one stripe, neighbours joined, ascending. @param blocks - ascending, none twice */
export function blockExtents(blocks: readonly number[]): readonly Extent[] {
  const extents: { offset: number; length: number }[] = [];
  for (const block of blocks) {
    const offset = (block % STRIPE_BLOCKS) * BLOCK_SIZE;
    const last = extents.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += BLOCK_SIZE;
    else extents.push({ offset, length: BLOCK_SIZE });
  }
  return extents;
}
