import { z } from 'zod';
import { DAMAGE_KINDS } from './scrub.ts';

const count = z.int().min(0);
const hex = z.string().regex(/^[0-9a-f]+$/);
const usage = z.strictObject({ storedBytes: z.int(), chunks: z.int(), files: z.int(), collections: z.int() });
const counts = z.strictObject({
  chunks: count,
  files: count,
  collections: count,
  checkedBytes: count,
  damaged: count,
});
const damage = z.strictObject({
  kind: z.enum(DAMAGE_KINDS),
  key: z.string(),
  object: z.string(),
  block: count.exactOptional(),
  reason: z.string(),
  unixMs: count,
});

/** Where a round is and what it has seen: all that it needs to go on. */
const POSITION = z.strictObject({
  startedUnixMs: count,
  isDeep: z.boolean(),
  /** Bytes per second that the round was started with; the scrubber's own when absent. */
  bytesPerSecond: count.exactOptional(),
  phase: z.enum(['objects', 'chunks', 'count']),
  /** Token of the last entry of the phase that is done, in hex. */
  after: hex.exactOptional(),
  /** The object that is half done: its id, the tag of its data, and the stripe to go on with. */
  within: z.strictObject({ id: hex, tag: hex, stripe: count }).exactOptional(),
  counts,
  /** What the objects that were checked take, as their heads tell. */
  counted: usage,
  /** Objects whose size nobody knows, since their head or record cannot be read. */
  unreadable: count,
  /** Usage when the position was written; another one at the restart means that objects came or went. */
  usage,
  /** Whether usage has stayed the same since the start. */
  isQuiet: z.boolean(),
  damage: z.array(damage),
});

const RESULT = z.strictObject({
  isDeep: z.boolean(),
  startedUnixMs: count,
  finishedUnixMs: count,
  counts,
  difference: usage.exactOptional(),
});

/** What a scrubber remembers over restarts. */
export const SCRUB_RECORD = z.strictObject({
  version: z.literal(1),
  state: z.enum(['idle', 'running', 'paused']),
  /** The interval to the next round counts from here: the end of the last round, or the first start. */
  sinceUnixMs: count,
  round: POSITION.exactOptional(),
  last: RESULT.exactOptional(),
  /** Damage that the last round found. */
  lastDamage: z.array(damage),
});

export type RoundPosition = z.output<typeof POSITION>;
export type ScrubRecord = z.output<typeof SCRUB_RECORD>;
