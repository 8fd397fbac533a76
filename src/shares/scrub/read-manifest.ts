import { BLOCK_SIZE, ENTRIES_PER_BLOCK } from '../../content/geometry.ts';
import { readManifestEntry } from '../../content/manifest.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { ManifestEntry } from '../reading/collection-reader.ts';
import type { HeldObject } from '../held-object.ts';
import type { LayerReader } from '../reading/layer-reader.ts';

/**
 * Reads entries `first` to `first + count` (excluded) of a collection's manifest, checked against the tree.
 * @param range.count - at most 1024, the chunks of a stripe, whose entries lie in 17 blocks at most
 * @throws ProvenderError as `LayerReader`
 */
export async function manifestEntries(
  layers: LayerReader,
  object: HeldObject,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<readonly ManifestEntry[]> {
  const start = object.head.statement.count; // its first block comes after the last chunk
  const firstBlock = Math.floor(first / ENTRIES_PER_BLOCK);
  const endBlock = Math.ceil((first + count) / ENTRIES_PER_BLOCK);
  const numbers = Array.from({ length: endBlock - firstBlock }, (_, i) => start + firstBlock + i);
  const blocks = await layers.blocks(object, 0, numbers);
  return Array.from({ length: count }, (_, i) => {
    const block = blocks.get(start + Math.floor((first + i) / ENTRIES_PER_BLOCK));
    if (block?.length !== BLOCK_SIZE)
      throw new ProvenderError('PROVENDER_INTERNAL', `manifest entry ${first + i} was not read`);
    return readManifestEntry(block, (first + i) % ENTRIES_PER_BLOCK);
  });
}
