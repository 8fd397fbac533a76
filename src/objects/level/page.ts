import { concatBytes } from '@noble/hashes/utils.js';
import type { Tag } from '../tag.ts';

/**
 * Bytes of a page; the last one of a stripe is shorter. A full stripe has 64 pages of data, and page 64 starts with its roots.
 * Small pages, since LevelDB reads a value as a whole. @see object-layout.md, section 7
 */
export const PAGE_SIZE = 65_536;

/** Key of a page: tag 8 ‖ u32 stripe ‖ u16 page. */
export function pageKey(tag: Tag, stripe: number, page: number): Uint8Array {
  const place = new Uint8Array(6);
  const view = new DataView(place.buffer);
  view.setUint32(0, stripe);
  view.setUint16(4, page);
  return concatBytes(tag, place);
}

/** The smallest and the largest key that a tag can have. */
export function pageRange(tag: Tag): { first: Uint8Array; last: Uint8Array } {
  return { first: pageKey(tag, 0, 0), last: pageKey(tag, 0xffff_ffff, 0xffff) };
}
