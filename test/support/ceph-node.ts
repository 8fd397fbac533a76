import type { CephUser } from './ceph-pool.ts';
import type { CephOfFile } from './ceph-test.ts';

/** Where a node of a test keeps its objects; what is left out is that of the test file. */
export interface CephPlaceOptions {
  readonly pool?: string;
  readonly namespace: string;
  readonly user?: CephUser;
}

/** Arguments of `serve` and `doctor` for the store `rados` in the cluster of a test file. */
export async function cephArgs(ceph: CephOfFile, place: CephPlaceOptions): Promise<string[]> {
  const [{ confFile }, own] = [await ceph.cluster(), await ceph.pool()];
  const { user, keyring } = place.user ?? own;
  const pool = place.pool ?? own.name;
  const where = ['--ceph-conf', confFile, '--pool', pool, '--namespace', place.namespace];
  return ['--store', 'rados', ...where, '--user', user, '--keyring', keyring];
}
