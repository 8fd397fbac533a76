import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { describeError } from './describe-error.ts';
import { redact } from './redact.ts';

/** Levels of the log, from most to least words; `silent` writes nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json` is one object per line; `pretty` is for eyes; `auto` is pretty on a terminal where pino-pretty is installed. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How the log is written. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Where the lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/**
 * Makes a log of JSON lines. Every line has `level` (a word), `time` (ISO 8601), `pid`, `msg`, and `event` where something happened that
 * docs/operations.md lists; errors go under `err`.
 * Keys, secrets and payload bytes never get in: see `redact`.
 */
export function createLog({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: redact },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * Makes the log of a process, on standard output.
 *
 * @param options.isTerminal - whether standard output is one; decides what `auto` means
 */
export async function openLog(options: {
  level: LogLevel;
  format: LogFormat;
  isTerminal: boolean;
}): Promise<Logger> {
  const { level, format, isTerminal } = options;
  if (format === 'json' || (format === 'auto' && !isTerminal)) return createLog({ level });
  const pretty = await loadPretty();
  if (pretty !== undefined) return createLog({ level, destination: pretty });
  const log = createLog({ level });
  if (format === 'pretty') log.warn('pino-pretty is not installed; the log stays JSON');
  return log;
}

/** pino-pretty is a package of development: an installation for production has none, and that is no error. */
async function loadPretty(): Promise<DestinationStream | undefined> {
  try {
    const { PinoPretty } = await import('pino-pretty');
    return PinoPretty({ colorize: true, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'event' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
