import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { PROFILE_NAMES } from '../proof/profile.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../telemetry/log.ts';
import { CEPH_SETTINGS } from './ceph-settings.ts';
import { NETWORK_SETTINGS } from './network-settings.ts';
import { PAYMENT_SETTINGS } from './payment-settings.ts';
import { address, bytes, count, duration, flag, text } from './setting-types.ts';
import { STATE_SETTINGS } from './state-settings.ts';
import { TLS_SETTINGS } from './tls-settings.ts';

const MIB = 2 ** 20;
const KNOWN_PROFILES = `known profiles are ${PROFILE_NAMES.join(', ')}`;
/** A year. */
const MAX_SCRUB_INTERVAL_MS = 8784 * 3_600_000;

/**
 * Every setting of a node: type, limits, default and meaning. Flags (`--max-calls`), environment (`PROVENDER_MAX_CALLS`) and the
 * YAML file (`maxCalls:`) take their names from here, and docs/configuration.md is tested against it.
 */
export const SETTINGS = z.strictObject({
  dataDir: text
    .prefault('./provender-data')
    .describe('Directory of objects, keys and format; belongs to one process.'),
  store: z
    .enum(['level', 'files', 'rados'], 'known stores are level, files and rados')
    .prefault('level')
    .describe(
      'Where bytes are kept: `level` (embedded LevelDB), `files` (one file per object) or `rados` (a Ceph pool).',
    ),
  ...CEPH_SETTINGS,
  limit: bytes(MIB)
    .optional()
    .describe(
      'Bytes that shares may take. Default: 80 % of what was free on the disk at the first start; store `rados`: 80 % of what the pool can take.',
    ),
  profileChunks: z
    .enum(PROFILE_NAMES, KNOWN_PROFILES)
    .prefault('cat-1')
    .describe(
      'Profile of chunks and collections whose sender asks for none: `none` keeps plain bytes, `cat-1` and `cat-2` a replica that proofs can tell from a copy.',
    ),
  profileFiles: z
    .enum(PROFILE_NAMES, KNOWN_PROFILES)
    .prefault('cat-2')
    .describe('Profile of files whose sender asks for none.'),
  listen: address.prefault('127.0.0.1:7411').describe('Address of gRPC; port 0 takes a free one.'),
  httpListen: address
    .prefault('127.0.0.1:7491')
    .describe('Address of `/live`, `/ready` and `/metrics`; port 0 takes a free one.'),
  insecure: flag.prefault(false).describe('Allow plain text gRPC on an address that is not loopback.'),
  ...TLS_SETTINGS,
  ...NETWORK_SETTINGS,
  ...STATE_SETTINGS,
  ...PAYMENT_SETTINGS,
  reflection: flag.prefault(true).describe('Serve gRPC reflection.'),
  maxConnections: count(1, 100_000).prefault(128).describe('Connections at a time; each may buffer 8 MiB.'),
  maxCalls: count(1, 1_000_000).prefault(1024).describe('Calls at a time; beyond, PROVENDER_BUSY at once.'),
  maxBytesInFlight: bytes(16 * MIB)
    .prefault('256MiB')
    .describe('Bytes that admitted calls may hold in messages; beyond, PROVENDER_BUSY at once.'),
  setBufferSize: bytes(8 * MIB)
    .prefault('64MiB')
    .describe('Bytes of stripes that running sets may hold; beyond, they wait.'),
  getBufferSize: bytes(MIB)
    .prefault('64MiB')
    .describe('Bytes that running gets may hold; beyond, they wait.'),
  segments: count(1, 1024)
    .optional()
    .describe(
      'Segments of 128 MiB that running sets may hold while they are encoded, and as many that running gets may hold while they are decoded; beyond, they wait. Default: `hashThreads`.',
    ),
  treeCacheSize: bytes(0)
    .prefault('16MiB')
    .describe('Bytes of verified tree roots that are kept for readers.'),
  hashThreads: count(1, 1024)
    .prefault(Math.max(1, availableParallelism() - 1))
    .describe('Worker threads that hash, encode and decode. Default: cores - 1, at least 1.'),
  scrubRate: bytes(0)
    .prefault('20MiB')
    .describe('Bytes per second that the scrubber reads at most; 0 for no bound.'),
  scrubInterval: duration(MAX_SCRUB_INTERVAL_MS)
    .prefault('168h')
    .describe('Time from the end of a scrub to the next one by itself; `0s` for none.'),
  drainDelay: duration(600_000)
    .prefault('0s')
    .describe(
      'Time between "not ready" and the end of taking calls, so that probes notice; 5s behind a load balancer.',
    ),
  grace: duration(3_600_000).prefault('10s').describe('Time that running calls have to finish at shutdown.'),
  logLevel: z
    .enum(LOG_LEVELS, `known levels are ${LOG_LEVELS.join(', ')}`)
    .prefault('info')
    .describe('Least level of what is logged: trace, debug, info, warn, error or silent.'),
  logFormat: z
    .enum(LOG_FORMATS, `known formats are ${LOG_FORMATS.join(', ')}`)
    .prefault('auto')
    .describe('`json`, `pretty`, or `auto`: pretty on a terminal where pino-pretty is installed.'),
});

/** A node's configuration, checked. Sizes in bytes, times in milliseconds. */
export type NodeConfig = z.output<typeof SETTINGS>;
export type SettingName = keyof NodeConfig;

/** What the documents, the flags and the environment need of one setting. */
export interface SettingFacts {
  readonly name: SettingName;
  readonly flag: string;
  readonly variable: string;
  readonly isSwitch: boolean;
  readonly meaning: string;
}

const SWITCHES: ReadonlySet<SettingName> = new Set([
  'insecure',
  'tlsRequireClientCert',
  'primary',
  'reflection',
]);

/** The settings in the order in which they are shown. */
export const SETTING_FACTS: readonly SettingFacts[] = SETTINGS.keyof().options.map((name) => ({
  name,
  flag: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  variable: `PROVENDER_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  isSwitch: SWITCHES.has(name),
  meaning: SETTINGS.shape[name].description ?? '',
}));
