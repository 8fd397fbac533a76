import type { ObjectStore } from '../../objects/object-store.ts';
import type { ReplicaCoder } from '../../proof/replica-coder.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import type { ByteBudget } from '../memory/byte-budget.ts';
import type { HeadSigning } from './head-signing.ts';
import type { Heads } from '../heads.ts';
import type { KeptShares } from './kept-shares.ts';
import type { Quota } from '../quota.ts';
import type { SegmentBuffers } from '../memory/segment-buffers.ts';
import type { StagedData } from './staged-data.ts';
import type { StripeBuffers } from '../memory/stripe-buffers.ts';

/** Profiles of shares whose sender asks for none: ids as proof-of-replication.md, section 6 numbers them. */
export interface DefaultProfiles {
  /** Of lone chunks and collections. */
  readonly chunks: number;
  readonly files: number;
}

/** What the verbs that set shares work with. */
export interface SetParts {
  readonly store: ObjectStore;
  readonly hasher: TreeHasher;
  readonly coder: ReplicaCoder;
  readonly buffers: StripeBuffers;
  /**
   * Segments that are being encoded. Whoever holds one may wait for a stripe buffer, never the other way round.
   */
  readonly segments: SegmentBuffers;
  /** Ids and lengths of the chunks of collections that are being encoded; taken before everything else. */
  readonly chunkLists: ByteBudget;
  readonly quota: Quota;
  readonly heads: Heads;
  readonly signing: HeadSigning;
  readonly staged: StagedData;
  readonly kept: KeptShares;
  readonly profiles: DefaultProfiles;
  /** Objects whose id nobody declared are staged raw before they are encoded when they are larger than this. */
  readonly stagedRawAboveBytes: number;
}
