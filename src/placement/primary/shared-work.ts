import type { Announcer } from './announcer.ts';
import type { AttemptFeed } from './attempt-feed.ts';
import type { LogView } from './log-view.ts';
import type { Placing } from './placing.ts';
import type { PrimaryParts } from './primary-options.ts';
import type { ProofQueue } from './proof-queue.ts';
import type { VrfBatches } from './vrf-batches.ts';

/** What all placements of a primary share. */
export interface SharedWork {
  readonly parts: PrimaryParts;
  readonly view: LogView;
  readonly announcer: Announcer;
  readonly feed: AttemptFeed;
  readonly vrf: VrfBatches;
  readonly proofs: ProofQueue;
  /** Placements that storers can talk to, by the hex of the object id. */
  readonly byObject: Map<string, Placing>;
  /** The same by the hex of each claim hash. */
  readonly byClaim: Map<string, Placing>;
}
