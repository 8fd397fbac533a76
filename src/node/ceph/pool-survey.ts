import { z } from 'zod';
import { ProvenderError } from '../../content/provender-error.ts';
import type { RadosConnection } from '../../objects/rados/client/rados-cluster-types.ts';

/** What the monitors say about a pool, and about the cluster as far as the pool depends on it. */
export interface PoolSurvey {
  readonly clusterId: string;
  /** Oldest release whose OSDs are let in: `pacific`. */
  readonly release: string;
  readonly isErasureCoded: boolean;
  /** Copies of each object, and how many of them have to be there for it to be served. */
  readonly size: number;
  readonly minSize: number;
  readonly applications: readonly string[];
  /** Among them `full`, `full_quota`, `nearfull`, `backfillfull`. */
  readonly flags: readonly string[];
  readonly quotaBytes: number | undefined;
  readonly quotaObjects: number | undefined;
  /** Bytes of the pool before replication. */
  readonly storedBytes: number;
  readonly objects: number;
  /** Bytes before replication that still fit until the fullest OSD is full. */
  readonly availableBytes: number;
  /** Parts of an OSD's disk at which Ceph warns, moves nothing more to it, and takes no more writes. */
  readonly ratios: { readonly nearFull: number; readonly backfillFull: number; readonly full: number };
  readonly osds: { readonly known: number; readonly up: number; readonly in: number };
  /** Placement groups of the whole cluster by state. */
  readonly groups: readonly { readonly state: string; readonly count: number }[];
  /** `HEALTH_OK`, `HEALTH_WARN` or `HEALTH_ERR`, and one sentence for each check that failed. */
  readonly health: { readonly status: string; readonly checks: readonly string[] };
}

const ERASURE = 3;

// Only the fields that are used: Ceph adds others with each release.
const OSD_DUMP = z.object({
  fsid: z.string(),
  require_osd_release: z.string(),
  full_ratio: z.number(),
  backfillfull_ratio: z.number(),
  nearfull_ratio: z.number(),
  osds: z.array(z.object({ up: z.number(), in: z.number() })),
  pools: z.array(
    z.object({
      pool: z.number(),
      pool_name: z.string(),
      type: z.number(),
      size: z.number(),
      min_size: z.number(),
      flags_names: z.string(),
      quota_max_bytes: z.number(),
      quota_max_objects: z.number(),
      application_metadata: z.record(z.string(), z.unknown()),
    }),
  ),
});
const DF = z.object({
  pools: z.array(
    z.object({
      id: z.number(),
      stats: z.object({ stored: z.number(), objects: z.number(), max_avail: z.number() }),
    }),
  ),
});
const STATUS = z.object({
  health: z.object({
    status: z.string(),
    checks: z.record(z.string(), z.object({ summary: z.object({ message: z.string() }) })),
  }),
  pgmap: z.object({
    pgs_by_state: z.array(z.object({ state_name: z.string(), count: z.number() })).default([]),
  }),
});

/**
 * Asks the monitors about a pool. Needs no more than `mon 'allow r'`, which `profile rbd` contains.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` when there is no such pool; `PROVENDER_UNAVAILABLE` when an answer is not understood
 */
export async function surveyPool(connection: RadosConnection, pool: string): Promise<PoolSurvey> {
  const dump = await ask(connection, 'osd dump', OSD_DUMP);
  const facts = dump.pools.find(({ pool_name: name }) => name === pool);
  if (facts === undefined) throw noPool(pool);
  const [df, status] = [await ask(connection, 'df', DF), await ask(connection, 'status', STATUS)];
  // a pool that was just made has no statistics yet
  const stats = df.pools.find(({ id }) => id === facts.pool)?.stats;
  const { osds } = dump;
  return {
    clusterId: dump.fsid,
    release: dump.require_osd_release,
    isErasureCoded: facts.type === ERASURE,
    size: facts.size,
    minSize: facts.min_size,
    applications: Object.keys(facts.application_metadata),
    flags: facts.flags_names.split(','),
    quotaBytes: facts.quota_max_bytes || undefined,
    quotaObjects: facts.quota_max_objects || undefined,
    storedBytes: stats?.stored ?? 0,
    objects: stats?.objects ?? 0,
    availableBytes: stats?.max_avail ?? 0,
    ratios: {
      nearFull: dump.nearfull_ratio,
      backfillFull: dump.backfillfull_ratio,
      full: dump.full_ratio,
    },
    osds: {
      known: osds.length,
      up: osds.filter(({ up }) => up === 1).length,
      in: osds.filter((osd) => osd.in === 1).length,
    },
    groups: status.pgmap.pgs_by_state.map(({ state_name: state, count }) => ({ state, count })),
    health: {
      status: status.health.status,
      checks: Object.entries(status.health.checks).map(
        ([name, { summary }]) => `${name}: ${summary.message}`,
      ),
    },
  };
}

/**
 * Bytes that the pool can take in sum, held ones included: its quota, or what fits until the fullest OSD is full, whichever is less.
 * `undefined` while the cluster has no statistics of a new pool.
 */
export function poolCapacity(survey: PoolSurvey): number | undefined {
  const { storedBytes, availableBytes, quotaBytes } = survey;
  const room = availableBytes === 0 && storedBytes === 0 ? undefined : storedBytes + availableBytes;
  if (room === undefined) return quotaBytes;
  return Math.min(room, quotaBytes ?? room);
}

/** The error for a pool that is not there, with the command that makes it. */
function noPool(pool: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFIG',
    `there is no pool ${pool} in the cluster; name another with --pool, or make it: ceph osd pool create ${pool}`,
    { details: { pool } },
  );
}

async function ask<T>(connection: RadosConnection, prefix: string, schema: z.ZodType<T>): Promise<T> {
  const answer = schema.safeParse(await connection.monCommand({ prefix, format: 'json' }));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `the monitors answer "${prefix}" in a way that is not understood: ${issue?.path.join('.')}: ${issue?.message}`,
    { cause: answer.error },
  );
}
