import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ProvenderError } from '../../../content/provender-error.ts';
import { checkName, checkWhole } from './check-arguments.ts';
import type { AdmissionLimits, RadosConnectOptions } from './rados-cluster-types.ts';

const DEFAULT_LIMITS: AdmissionLimits = {
  maxInFlight: 512,
  maxInFlightBytes: 128 * 2 ** 20,
  maxQueued: 4096,
};
const DEFAULT_OP_TIMEOUT_MS = 30_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** Sixteen environments may share a handle; twice that keeps submit from ever blocking. @see native-addon.md, section 4 */
const HANDLE_FACTOR = 32;
/** Messenger threads of librados as it comes. */
const MESSENGER_THREADS = 3;
/** Who gets no answer for so long asks for a newer map of the OSDs. */
const DOUBT_SECONDS = 2;
/** Bounds of librados that belong to admission. */
const OURS: readonly string[] = ['objecter_inflight_ops', 'objecter_inflight_op_bytes'];
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A connection as the addon takes it, and what TypeScript keeps of it. */
export interface ConnectSettings {
  /** With `client.`. */
  readonly user: string;
  readonly configFile: string | undefined;
  /** In order; a later one wins. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Names the handle: equal for equal settings and instance. */
  readonly digest: string;
  readonly limits: AdmissionLimits;
  /** In whole seconds, as librados counts. */
  readonly opTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

function config(message: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', message);
}

/** librados takes whole seconds, and 0 as "for ever". */
function wholeSeconds(what: string, ms: number): number {
  checkWhole(what, ms, 1, MAX_TIMEOUT_MS);
  return Math.ceil(ms / 1000);
}

function checkLimits(limits: AdmissionLimits): AdmissionLimits {
  checkWhole('maxInFlight', limits.maxInFlight, 1, 2 ** 20);
  checkWhole('maxInFlightBytes', limits.maxInFlightBytes, 4096, 2 ** 40);
  checkWhole('maxQueued', limits.maxQueued, 0, 2 ** 24);
  return limits;
}

/** Where the cluster is: from a file, or from monitors and a keyring. */
function place({ configFile, monHosts, keyring }: RadosConnectOptions): [name: string, value: string][] {
  if (configFile === undefined && (monHosts === undefined || keyring === undefined)) {
    throw config('a connection to Ceph needs a ceph.conf, or monitors and a keyring; give one of them');
  }
  const found: [string, string][] = [];
  if (monHosts !== undefined) found.push(['mon_host', monHosts]);
  if (keyring !== undefined) found.push(['keyring', keyring]);
  return found;
}

/**
 * On few cores a messenger thread less: three of them and ours only take turns, at up to a quarter more CPU for each small operation. With four
 * cores and more it is what the file says.
 */
function messengerThreads(cores: number): [name: string, value: string][] {
  return cores > MESSENGER_THREADS ? [] : [['ms_async_op_threads', String(Math.max(1, cores - 1))]];
}

/**
 * When librados begins to doubt its map of the OSDs. It asks for a newer one only when an operation has been without an answer for
 * `objecter_timeout`, which it looks for each `objecter_tick_interval` (10 and 5 s as they come). An operation that ends before never makes it ask: a
 * connection that had no talk with an OSD when that started again would send to its old address for ever. So both follow from the op time-out.
 */
function doubts(opSeconds: number): [name: string, value: string][] {
  return [
    ['objecter_timeout', String(Math.min(DOUBT_SECONDS, opSeconds / 4))],
    ['objecter_tick_interval', String(Math.min(DOUBT_SECONDS, opSeconds / 4) / 2)],
  ];
}

/** @throws ProvenderError `PROVENDER_CONFIG` for bounds that admission sets */
function given(options: Readonly<Record<string, string>>): [name: string, value: string][] {
  for (const name of Object.keys(options)) {
    if (OURS.includes(name.replaceAll(/[ -]/g, '_'))) {
      throw config(`${name}: follows from maxInFlight and maxInFlightBytes; set those`);
    }
  }
  return Object.entries(options);
}

/**
 * Works out the settings of a connection: the file, then ours, then those given.
 *
 * @param cores - that this process may use
 * @throws ProvenderError `PROVENDER_CONFIG` when no cluster is named or an option is admission's own; `PROVENDER_INVALID` for figures that cannot be
 * @see native-addon.md, sections 3 and 4
 */
export function connectSettings(o: RadosConnectOptions, cores = availableParallelism()): ConnectSettings {
  checkName('user', o.user);
  const user = o.user.startsWith('client.') ? o.user : `client.${o.user}`;
  const limits = checkLimits({ ...DEFAULT_LIMITS, ...o.admission });
  const opSeconds = wholeSeconds('opTimeoutMs', o.opTimeoutMs ?? DEFAULT_OP_TIMEOUT_MS);
  const connectSeconds = wholeSeconds('connectTimeoutMs', o.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
  const settings: (readonly [string, string])[] = [
    ...place(o),
    ['rados_osd_op_timeout', String(opSeconds)],
    ['rados_mon_op_timeout', String(opSeconds)],
    ...doubts(opSeconds),
    ['client_mount_timeout', String(connectSeconds)],
    ['objecter_inflight_ops', String(limits.maxInFlight * HANDLE_FACTOR)],
    ['objecter_inflight_op_bytes', String(limits.maxInFlightBytes * HANDLE_FACTOR)],
    ...messengerThreads(cores),
    ...given(o.options ?? {}),
  ];
  const named = JSON.stringify([user, o.configFile ?? '', settings, limits, o.instance ?? '']);
  return {
    user,
    configFile: o.configFile,
    settings,
    digest: createHash('sha256').update(named).digest('hex'),
    limits,
    opTimeoutMs: opSeconds * 1000,
    connectTimeoutMs: connectSeconds * 1000,
  };
}
