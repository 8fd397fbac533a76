import { randomUUID } from 'node:crypto';
import type { RadosConnection } from '../../objects/rados/client/rados-cluster-types.ts';
import type { NodeConfig } from '../settings.ts';
import { connectError } from './ceph-error.ts';

/** Settings of a connection to a cluster. */
export type CephConfig = Pick<
  NodeConfig,
  'cephConf' | 'user' | 'keyring' | 'opTimeout' | 'opsInFlight' | 'opBytesInFlight'
>;

/**
 * Connects to a cluster; each connection has a client address of its own, which is what a fence is made of. librados and its addon are loaded here,
 * by the first call: a node that keeps its data elsewhere needs neither.
 *
 * @throws ProvenderError `PROVENDER_NATIVE_MISSING` naming the package to install; `PROVENDER_CONFIG` or `PROVENDER_UNAVAILABLE` saying what keeps
 *   the cluster from answering
 */
export async function connectCeph(config: CephConfig, signal?: AbortSignal): Promise<RadosConnection> {
  const { RadosCluster } = await import('../../objects/rados/client/rados-cluster.ts');
  const { isRadosError } = await import('../../objects/rados/client/rados-error.ts');
  try {
    return await RadosCluster.connect({
      configFile: config.cephConf,
      user: config.user,
      keyring: config.keyring,
      opTimeoutMs: config.opTimeout,
      admission: { maxInFlight: config.opsInFlight, maxInFlightBytes: config.opBytesInFlight },
      instance: randomUUID(),
      signal,
    });
  } catch (error) {
    throw isRadosError(error) ? connectError(error, config) : error;
  }
}
