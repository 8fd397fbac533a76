import type { Extent } from './object-store.ts';

/** Places for extents one behind the other in lent memory; none without memory. */
export function placesIn(
  memory: Uint8Array | undefined,
  extents: readonly Extent[],
): readonly (Uint8Array | undefined)[] {
  let at = 0;
  return extents.map(({ length }) => memory?.subarray(at, (at += length)));
}
