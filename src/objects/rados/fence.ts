import type { StepHook } from '../step-hook.ts';
import type { RadosConnection } from './client/rados-cluster-types.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { inParallel } from './in-parallel.ts';
import { CATALOG_SHARDS, catalogShardKey } from './keys.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What a fence is made with. */
export interface FenceParts {
  readonly connection: Pick<RadosConnection, 'blocklist' | 'waitForLatestMap'>;
  readonly objects: RadosPool;
  readonly step: StepHook;
}

/** How long an address stays on the blocklist: 7 days. A client that is paused for longer with requests in flight is outside of what is promised. */
const FENCE_SECONDS = 7 * 24 * 60 * 60;
const WIDTH = 32;

/**
 * Makes sure that no write of the client at `address` lands in the catalog any more: steps 2 and 3 of the fence. Harmless to repeat.
 * Step 3, an empty guarded write on each catalog object, makes each OSD that serves one know the new map: it refuses the old client from then on, and
 * what it accepted before is ordered before.
 *
 * @throws RadosError `EACCES` when the user may not change the blocklist
 * @see object-layout.md, section 4
 */
export async function fence(parts: FenceParts, address: string, answer: AnswerOptions): Promise<void> {
  const { connection, objects, step } = parts;
  await connection.blocklist(address, FENCE_SECONDS);
  await step('fence: blocklist');
  await connection.waitForLatestMap();
  await step('fence: map');
  const shards = Array.from({ length: CATALOG_SHARDS }, (_, shard) => catalogShardKey(shard));
  await inParallel(shards, WIDTH, (key) =>
    untilAnswered(
      () => objects.change(key, [{ do: 'assertExists' }, { do: 'create', exclusive: false }]),
      answer,
    ),
  );
  await step('fence: barrier');
}
