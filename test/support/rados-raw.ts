import { loadRados } from '../../src/objects/rados/client/loader.ts';
import type {
  NativeCluster,
  NativePool,
  NativeRados,
} from '../../src/objects/rados/client/native-binding.ts';
import type { CephCluster } from './ceph-cluster.ts';
import type { CephPool } from './ceph-pool.ts';

/** What the sink got for one operation. */
export interface RawResult {
  readonly rc: number;
  readonly extra: unknown;
}

/** Arguments of `connect`. */
export type RawConnect = Parameters<NativeRados['connect']>[0];

const pending = new Map<number, (result: RawResult) => void>();
let nextId = 1;
let started: NativeRados | undefined;

/** rados.node without the client above it, its sink opened. */
export function rawRados(): NativeRados {
  if (started !== undefined) return started;
  started = loadRados();
  started.start((pairs, extras) => {
    for (let i = 0; i < pairs.length; i += 2) {
      const id = (pairs[i] ?? 0) >>> 0;
      const settle = pending.get(id);
      pending.delete(id);
      settle?.({ rc: pairs[i + 1] ?? 0, extra: extras?.[i / 2] });
    }
  });
  return started;
}

/** Submits one operation; `id` is what cancel takes. */
export function submitRaw(submit: (id: number) => void): {
  readonly id: number;
  readonly result: Promise<RawResult>;
} {
  const id = nextId++;
  const result = new Promise<RawResult>((resolve) => void pending.set(id, resolve));
  submit(id);
  return { id, result };
}

/** Submits one operation and gives its number. */
export async function runRaw(submit: (id: number) => void): Promise<number> {
  return (await submitRaw(submit).result).rc;
}

/** Operations that have not ended. */
export function rawInFlight(): number {
  return pending.size;
}

/** How tests connect: as the user of the pool, with bounds far above what they have in flight. */
export function rawConnect(
  cluster: CephCluster,
  pool: CephPool,
  o: { digest?: string; settings?: readonly (readonly [string, string])[] } = {},
): RawConnect {
  return {
    user: pool.user,
    configFile: cluster.confFile,
    settings: [
      ['rados_osd_op_timeout', '30'],
      ['client_mount_timeout', '10'],
      ['objecter_inflight_ops', '16384'],
      ['objecter_inflight_op_bytes', String(2 ** 32)],
      ...(o.settings ?? []),
    ],
    digest: o.digest ?? pool.user,
  };
}

/** Connects and opens a namespace of the pool; closing the cluster closes both. */
export async function openRaw(
  cluster: CephCluster,
  pool: CephPool,
  namespace: string,
): Promise<{ readonly native: NativeCluster; readonly pool: NativePool }> {
  const native = await rawRados().connect(rawConnect(cluster, pool));
  return { native, pool: await native.pool(pool.name, namespace) };
}

/** Memory that the addon may read into. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
