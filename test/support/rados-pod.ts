import { randomUUID } from 'node:crypto';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import type { SweptEvent } from '../../src/objects/rados/rados-events.ts';
import { Sessions, type SessionsOptions } from '../../src/objects/rados/sessions.ts';
import type { CephOfFile } from './ceph-test.ts';

/** What a pod reported, in order. */
interface PodReports {
  readonly opened: number[];
  readonly lost: string[];
  readonly fenced: number[];
  readonly swept: SweptEvent[];
  readonly foreign: string[];
  readonly paidKept: string[];
  readonly failures: { duty: string; error: unknown }[];
}

/** A pod under test: its sessions and what they reported. */
export interface RadosPod extends AsyncDisposable {
  readonly sessions: Sessions;
  readonly reports: PodReports;
}

/** A store in a namespace of its own. */
export interface RadosNamespace {
  readonly namespace: string;
  /** Opens a pod on it; beats each 50 ms and calls others dead after 400 ms unless told. */
  pod(options?: Partial<SessionsOptions>): Promise<RadosPod>;
  /** A connection with an address of its own, to look from outside. */
  connect(): Promise<RadosConnection>;
  readonly pool: string;
  readonly options: SessionsOptions;
}

/** Whose the stores of tests are. */
export const TEST_OWNER = { networkId: new Uint8Array(32), storerPK: new Uint8Array(32).fill(7) };

/** Makes a connection with an address of its own. */
export async function connectAlone(
  confFile: string,
  user: string,
  opTimeoutMs = 10_000,
): Promise<RadosConnection> {
  return RadosCluster.connect({ configFile: confFile, user, instance: randomUUID(), opTimeoutMs });
}

/** Gives a namespace that nothing else uses, in the pool of a test file. */
export async function radosNamespace(ceph: CephOfFile): Promise<RadosNamespace> {
  const [{ confFile }, { name: pool, user }] = [await ceph.cluster(), await ceph.pool()];
  const namespace = `ns-${randomUUID()}`;
  const connect = (): Promise<RadosConnection> => connectAlone(confFile, user);
  const options: SessionsOptions = {
    ...TEST_OWNER,
    connect,
    pool,
    namespace,
    limitBytes: 2 ** 30,
    podName: 'pod',
    beatMs: 50,
    deadMs: 400,
    removalDelayMs: 200,
    lookMs: 300,
  };
  return { namespace, pool, connect, options, pod: (more = {}) => openPod({ ...options, ...more }) };
}

/** Opens a pod that writes down what it reports. */
export async function openPod(options: SessionsOptions): Promise<RadosPod> {
  const reports: PodReports = {
    opened: [],
    lost: [],
    fenced: [],
    swept: [],
    foreign: [],
    paidKept: [],
    failures: [],
  };
  const sessions = await Sessions.open({
    ...options,
    events: {
      sessionOpened: ({ session }) => void reports.opened.push(session),
      sessionLost: ({ reason }) => void reports.lost.push(reason),
      fenced: ({ session }) => void reports.fenced.push(session),
      swept: (event) => void reports.swept.push(event),
      foreignName: ({ name }) => void reports.foreign.push(name),
      paidDataKept: ({ tag }) => void reports.paidKept.push(tag),
      dutyFailed: (failure) => void reports.failures.push(failure),
      reconnectFailed: ({ error }) => void reports.failures.push({ duty: 'reconnect', error }),
    },
  });
  return { sessions, reports, [Symbol.asyncDispose]: () => sessions.close() };
}
