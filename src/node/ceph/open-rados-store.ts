import { hostname } from 'node:os';
import { ProvenderError } from '../../content/provender-error.ts';
import { isRadosError } from '../../objects/rados/client/rados-error.ts';
import { RadosStore } from '../../objects/rados/rados-store.ts';
import type { NodeConfig } from '../settings.ts';
import type { OpenedStore, StoreContext } from '../store-adapters.ts';
import { connectCeph } from './connect-ceph.ts';
import { type PoolSurvey, poolCapacity, surveyPool } from './pool-survey.ts';
import { radosObserver } from './rados-observer.ts';

/** Part of what a pool can take that shares may fill when nobody gives a limit. */
const DEFAULT_SHARE = 0.8;
const MIB = 2 ** 20;
/** Beats of a pod within the time after which others take it for dead. */
const BEATS = 6;
/** An operation that timed out gets half as long again to be found out. */
const SETTLE_FACTOR = 1.5;
/** Length of a pod's name in its session record. */
const MAX_POD_NAME = 255;

/**
 * Opens the store in a Ceph pool.
 *
 * @throws ProvenderError `PROVENDER_NATIVE_MISSING` without librados, `PROVENDER_CONFIG` for a pool, user or key that does not fit,
 *   `PROVENDER_UNAVAILABLE` when the cluster does not answer
 */
export async function openRadosStore(context: StoreContext): Promise<OpenedStore> {
  const { config, directory, networkId, telemetry, marks } = context;
  const { pool = '', namespace, opTimeout, deadAfter } = config;
  const limitBytes = limitFor(config, await survey(config, pool));
  const store = await RadosStore.open({
    connect: () => connectCeph(config),
    pool,
    namespace,
    networkId,
    storerPK: directory.signer.publicKey,
    limitBytes,
    podName: hostname().slice(0, MAX_POD_NAME),
    beatMs: deadAfter / BEATS,
    deadMs: deadAfter,
    settleMs: opTimeout * SETTLE_FACTOR,
    ...(marks !== undefined && { marks }),
    events: radosObserver(telemetry),
  });
  try {
    await directory.confirm();
  } catch (error) {
    await store.close();
    throw error;
  }
  telemetry.metrics.store.watchCluster(
    () => store.load(),
    () => store.removalLagMs() / 1000,
  );
  return { store, limitBytes };
}

/** What the monitors say of the pool. @throws ProvenderError `PROVENDER_CONFIG` for one that cannot hold the store */
async function survey(config: NodeConfig, pool: string): Promise<PoolSurvey> {
  await using connection = await connectCeph(config);
  try {
    const found = await surveyPool(connection, pool);
    if (!found.isErasureCoded) return found;
  } catch (error) {
    if (!isRadosError(error)) throw error;
    throw new ProvenderError('PROVENDER_UNAVAILABLE', `Ceph: the monitors do not answer: ${error.message}`, {
      cause: error,
    });
  }
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `pool ${pool} is erasure-coded and takes no omap rows; choose a replicated one with --pool`,
    { details: { pool } },
  );
}

/** The configured limit, or 80 % of what the pool can take now; worked out at each start, since pools grow. */
function limitFor(config: NodeConfig, pool: PoolSurvey): number {
  if (config.limit !== undefined) return config.limit;
  const capacity = poolCapacity(pool);
  if (capacity !== undefined) return Math.max(MIB, Math.floor((capacity * DEFAULT_SHARE) / MIB) * MIB);
  throw new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `the cluster has no statistics of pool ${config.pool} yet; start again in a few seconds, or give a limit with --limit`,
  );
}
