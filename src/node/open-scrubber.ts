import type { ObjectStore } from '../objects/object-store.ts';
import type { HeadOwner } from '../shares/scrub/head-check.ts';
import { Scrubber } from '../shares/scrub/scrubber.ts';
import type { Shares } from '../shares/shares.ts';
import type { TreeHasher } from '../proof/tree-hasher.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { scrubEvents } from './scrub-events.ts';
import { scrubFile } from './scrub-file.ts';
import type { NodeConfig } from './settings.ts';

/** What the scrubber of a node works with. */
export interface NodeScrubberParts {
  readonly config: NodeConfig;
  readonly dataDir: string;
  readonly store: ObjectStore;
  readonly shares: Shares;
  readonly owner: HeadOwner;
  readonly hasher: TreeHasher;
  readonly telemetry: Telemetry;
}

/** Opens the scrubber of a node; a round that the last process left goes on. */
export async function openScrubber(parts: NodeScrubberParts): Promise<Scrubber> {
  const { config, dataDir, telemetry, ...others } = parts;
  const scrubber = await Scrubber.open({
    ...others,
    memory: scrubFile(dataDir),
    events: scrubEvents(telemetry),
    bytesPerSecond: config.scrubRate,
    intervalMs: config.scrubInterval,
    // that of a pool is Ceph's own reckoning, and other pods change it
    hasExactUsage: config.store !== 'rados',
  });
  telemetry.metrics.scrub.watch(() => ({
    state: scrubber.status().state,
    lagSeconds: scrubber.lagSeconds(),
  }));
  return scrubber;
}
