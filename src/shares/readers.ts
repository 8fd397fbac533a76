import type { BlockHashing } from './block-hashing.ts';
import type { LayerReader } from './layer-reader.ts';
import { ObjectReader } from './object-reader.ts';
import { ReplicaBlocks } from './replica-blocks.ts';
import { StripeReader, type StripeReaderParts } from './stripe-reader.ts';
import type { TreeCache } from './tree-cache.ts';
import { VerifiedLayers } from './verified-layers.ts';
import { VerifiedRoots } from './verified-roots.ts';

/** What all readers of files and collections share. */
export interface ReadersParts extends StripeReaderParts {
  readonly hashing: BlockHashing;
  readonly cache: TreeCache;
}

/** The readers of one service: `reader` gives content, `layers` gives layers and tree levels. */
export interface Readers {
  readonly reader: ObjectReader;
  readonly layers: LayerReader;
}

/** Makes the readers of a service, which share memory and caches. */
export function makeReaders({ hashing, cache, ...parts }: ReadersParts): Readers {
  const stripes = new StripeReader(parts);
  const blocks = new ReplicaBlocks(stripes);
  const roots = new VerifiedRoots({ store: parts.store, stripes, blocks, cache });
  const layers = new VerifiedLayers({ stripes, blocks, roots });
  return { reader: new ObjectReader({ stripes, roots, layers, hashing }), layers };
}
