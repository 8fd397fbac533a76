import { Engine } from '../../src/objects/rados/client/engine.ts';
import type {
  RadosConnection,
  RadosConnectOptions,
} from '../../src/objects/rados/client/rados-cluster-types.ts';
import { connectThrough } from '../../src/objects/rados/client/rados-cluster.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { FakeRados } from './fake-rados.ts';

/** A pool over the fake addon. */
export interface RadosOnFake {
  readonly rados: FakeRados;
  readonly engine: Engine;
  readonly connection: RadosConnection;
  readonly pool: RadosPool;
}

/** Connects to the fake; the caller need not close it, since it holds nothing outside the process. */
export async function openRadosOnFake(
  options: Partial<RadosConnectOptions> = {},
  firstId?: number,
): Promise<RadosOnFake> {
  const rados = new FakeRados();
  const engine = new Engine(rados, firstId);
  const connection = await connectThrough(engine, { configFile: '/ceph.conf', user: 'test', ...options });
  return { rados, engine, connection, pool: await connection.pool('p') };
}

/** A promise whose outcome is looked at later; without this, Node would call its early rejection unhandled. */
export interface Watched<T> {
  readonly outcome: Promise<PromiseSettledResult<T>>;
  /** `waiting`, `fulfilled` or `rejected`. */
  readonly state: () => 'waiting' | 'fulfilled' | 'rejected';
}

/** Watches a promise. */
export function watch<T>(promise: Promise<T>): Watched<T> {
  let state: 'waiting' | 'fulfilled' | 'rejected' = 'waiting';
  const outcome = Promise.allSettled([promise]).then(([settled]) => {
    state = settled.status;
    return settled;
  });
  return { outcome, state: () => state };
}

/** Code of the error that a watched promise was rejected with. */
export async function codeOf({ outcome }: Watched<unknown>): Promise<unknown> {
  const settled = await outcome;
  if (settled.status === 'fulfilled') return `fulfilled with ${String(settled.value)}`;
  const { reason } = settled;
  return reason instanceof Error && 'code' in reason ? reason.code : reason;
}
