import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { isProvenderError } from '../content/provender-error.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../telemetry/log.ts';
import { parseAddress, parseDuration, parseSize } from './units.ts';

const MIB = 2 ** 20;

/** Wraps a parser of texts, so that flags, environment and YAML scalars go the same way. */
function parsed<T>(parse: (text: string) => T) {
  return z.transform((value: unknown, context): T => {
    const problem =
      typeof value === 'string' || typeof value === 'number' ? undefined : 'is no text or number';
    try {
      if (problem === undefined) return parse(String(value));
    } catch (error) {
      if (!isProvenderError(error)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: value });
      return z.NEVER;
    }
    context.issues.push({ code: 'custom', message: problem, input: value });
    return z.NEVER;
  });
}

const bytes = (min: number) => parsed(parseSize).pipe(z.number().min(min, `at least ${min} bytes`));
const duration = (maxMs: number) => parsed(parseDuration).pipe(z.number().max(maxMs, `at most ${maxMs} ms`));
const count = (min: number, max: number) =>
  parsed(Number).pipe(z.int('is no whole number').min(min, `at least ${min}`).max(max, `at most ${max}`));
const address = parsed(parseAddress);
const text = z.string('is no text').min(1, 'is empty');
const flag = z
  .stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })
  .or(z.boolean());

/**
 * Every setting of a node: type, limits, default and meaning. Flags (`--max-calls`), environment (`PROVENDER_MAX_CALLS`) and the
 * YAML file (`maxCalls:`) take their names from here, and docs/configuration.md is tested against it.
 */
export const SETTINGS = z.strictObject({
  dataDir: text
    .prefault('./provender-data')
    .describe('Directory of objects, keys and format; belongs to one process.'),
  store: z
    .enum(['level', 'files'], 'known stores are level and files')
    .prefault('level')
    .describe('Where bytes are kept: `level` (embedded LevelDB) or `files` (one file per object).'),
  limit: bytes(MIB)
    .optional()
    .describe('Bytes that shares may take. Default: 80 % of what was free on the disk at the first start.'),
  listen: address.prefault('127.0.0.1:7411').describe('Address of gRPC; port 0 takes a free one.'),
  httpListen: address
    .prefault('127.0.0.1:7491')
    .describe('Address of `/live`, `/ready` and `/metrics`; port 0 takes a free one.'),
  insecure: flag.prefault(false).describe('Allow plain text gRPC on an address that is not loopback.'),
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
  treeCacheSize: bytes(0)
    .prefault('16MiB')
    .describe('Bytes of verified tree roots that are kept for readers.'),
  hashThreads: count(1, 1024)
    .prefault(Math.max(1, availableParallelism() - 1))
    .describe('Worker threads that hash. Default: cores - 1, at least 1.'),
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

/** The settings in the order in which they are shown. */
export const SETTING_FACTS: readonly SettingFacts[] = SETTINGS.keyof().options.map((name) => ({
  name,
  flag: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  variable: `PROVENDER_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  isSwitch: name === 'insecure' || name === 'reflection',
  meaning: SETTINGS.shape[name].description ?? '',
}));
