import { after } from 'node:test';
import type { CephCluster } from './ceph-cluster.ts';
import { type CephNeeds, openCeph } from './ceph-lease.ts';
import type { CephPool } from './ceph-pool.ts';
import { cephLack, givenCeph, isCephRequired } from './ceph-presence.ts';

/** Options of a test that decide whether it is skipped, and with which reason. */
interface SkipOption {
  readonly skip: string | false;
}

/** Options for a test that needs Ceph: skipped, with the reason, where there can be none; never in CI. */
export const WITH_CEPH: SkipOption = skipFor(cephLack());

/** Options for a test that pauses, kills or damages: skipped, too, when the cluster is a given one. */
export const WITH_CEPH_FAULTS: SkipOption =
  WITH_CEPH.skip === false && givenCeph() !== undefined
    ? skipFor('no faults in the cluster of PROVENDER_CEPH_CONF')
    : WITH_CEPH;

/** A skip is a failure where Ceph is required: the test then runs and says what is missing. */
function skipFor(lack: string | undefined): SkipOption {
  return { skip: lack === undefined || isCephRequired() ? false : `Ceph: ${lack}` };
}

/** Ceph for the tests of one file. */
export interface CephOfFile {
  /** The cluster, had at the first call. */
  cluster(): Promise<CephCluster>;
  /** The pool of this file with its user, made at the first call. Tests keep apart by namespaces, or make pools of their own. */
  pool(): Promise<CephPool>;
}

/**
 * Gives the tests of a file a cluster and a pool, and takes both back after the last one. Call it at the top of the
 * file; nothing is started before a test asks.
 *
 * ```ts
 * const ceph = useCeph();
 * test('a pool is empty at first', WITH_CEPH, async () => {
 *   const { name, user } = await ceph.pool();
 * });
 * ```
 */
export function useCeph(needs: CephNeeds = {}): CephOfFile {
  let opened: Promise<CephCluster> | undefined;
  let made: Promise<CephPool> | undefined;
  const cluster = async (): Promise<CephCluster> => await (opened ??= openCeph(needs));
  const pool = async (): Promise<CephPool> =>
    await (made ??= cluster().then(async (all) => await all.createPool()));
  after(async () => {
    // what failed to open has failed the test that asked for it
    const [all, own] = await Promise.allSettled([opened, made]);
    try {
      if (own.status === 'fulfilled') await own.value?.remove();
    } finally {
      if (all.status === 'fulfilled') await all.value?.stop();
    }
  });
  return { cluster, pool };
}
