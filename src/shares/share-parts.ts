import type { ObjectStore } from '../objects/object-store.ts';
import type { TreeHasher } from '../proof/tree-hasher.ts';
import type { HeadSigning } from './head-signing.ts';
import type { Heads } from './heads.ts';
import type { Quota } from './quota.ts';
import type { StagedData } from './staged-data.ts';
import type { StripeBuffers } from './stripe-buffers.ts';

/** What the verbs that set shares work with. */
export interface SetParts {
  readonly store: ObjectStore;
  readonly hasher: TreeHasher;
  readonly buffers: StripeBuffers;
  readonly quota: Quota;
  readonly heads: Heads;
  readonly signing: HeadSigning;
  readonly staged: StagedData;
}
