import { ProvenderError } from '../../content/provender-error.ts';
import type { StepHook } from '../step-hook.ts';
import type { RadosConnection } from './client/rados-cluster-types.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosPool } from './client/rados-pool.ts';
import type { StoreOwner } from './format-object.ts';
import { openFormat } from './init-store.ts';
import { dataNamespace } from './keys.ts';
import type { StoreConnection } from './live-session.ts';

/** Where a store lies, and whose it is. */
export interface StorePlace extends StoreOwner {
  /** Makes a connection with a client address of its own: a session that was fenced never gets its address back. */
  readonly connect: () => Promise<RadosConnection>;
  readonly pool: string;
  readonly namespace: string;
  /** Limit of stored bytes; decides the number of index objects when the store is made. */
  readonly limitBytes: number;
}

/**
 * Connects to a store and makes it when there is none yet. A failed attempt leaves nothing open.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` for a missing pool, missing rights or the store of another; what `connect` throws
 */
export async function connectStore(
  place: StorePlace,
  { step, signal }: { step: StepHook; signal: AbortSignal },
): Promise<StoreConnection> {
  const connection = await place.connect();
  try {
    const objects = await openPool(connection, place.pool, place.namespace);
    const data = await openPool(connection, place.pool, dataNamespace(place.namespace));
    const { limitBytes, networkId, storerPK } = place;
    const owner = { networkId, storerPK };
    const indexShards = await openFormat({ objects, owner, limitBytes, step, signal });
    return { connection, objects, data, indexShards };
  } catch (error) {
    await connection.close({ graceMs: 0 });
    throw openError(place, error);
  }
}

function openPool(connection: RadosConnection, pool: string, namespace: string): Promise<RadosPool> {
  return connection.pool(pool, { namespace });
}

/** What the opening of a store failed with, in words that name the cure; no error of librados leaves the adapter. */
export function openError(
  { pool, namespace }: Pick<StorePlace, 'pool' | 'namespace'>,
  error: unknown,
): unknown {
  if (!isRadosError(error)) return error;
  const place = `pool ${pool}, namespace ${namespace}`;
  if (error.code === 'EPERM' || error.code === 'EACCES')
    return new ProvenderError(
      'PROVENDER_CONFIG',
      `${place}: the user may not write there; give it the caps mon 'profile rbd' osd 'allow rwx pool=${pool}'`,
      { cause: error },
    );
  if (error.code === 'ENOENT' && error.syscall.includes('ioctx'))
    return new ProvenderError(
      'PROVENDER_CONFIG',
      `pool ${pool} does not exist; make it with: ceph osd pool create ${pool}`,
      { cause: error },
    );
  if (error.code === 'EOPNOTSUPP')
    return new ProvenderError(
      'PROVENDER_CONFIG',
      `pool ${pool} keeps no rows (omap); an erasure-coded pool cannot hold a store: choose a replicated one`,
      { cause: error },
    );
  return new ProvenderError('PROVENDER_UNAVAILABLE', `${place}: ${error.message}`, { cause: error });
}
