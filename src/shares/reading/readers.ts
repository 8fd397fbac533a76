import type { BlockHashing } from '../memory/block-hashing.ts';
import { ObjectReader } from './object-reader.ts';
import { ReplicaBlocks } from './replica-blocks.ts';
import { StripeReader, type StripeReaderParts } from './stripe-reader.ts';
import type { TreeCache } from '../memory/tree-cache.ts';
import { VerifiedLayers } from './verified-layers.ts';
import { VerifiedRoots } from './verified-roots.ts';

/** What all readers of files and collections share. */
export interface ReadersParts extends StripeReaderParts {
  readonly hashing: BlockHashing;
  readonly cache: TreeCache;
}

/** The readers of one service, from the bytes of stripes up to checked content. */
export interface Readers {
  readonly stripes: StripeReader;
  /** Gives what is not checked yet. */
  readonly blocks: ReplicaBlocks;
  readonly roots: VerifiedRoots;
  /** Implements the port `LayerReader`. */
  readonly layers: VerifiedLayers;
  readonly reader: ObjectReader;
}

/** Makes the readers of a service, which share memory and caches. */
export function makeReaders({ hashing, cache, ...parts }: ReadersParts): Readers {
  const stripes = new StripeReader(parts);
  const blocks = new ReplicaBlocks(stripes);
  const roots = new VerifiedRoots({ store: parts.store, stripes, blocks, cache });
  const layers = new VerifiedLayers({ stripes, blocks, roots });
  const reader = new ObjectReader({ stripes, roots, layers, hashing });
  return { stripes, blocks, roots, layers, reader };
}
