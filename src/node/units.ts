import { ProvenderError } from '../content/provender-error.ts';

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KIB', 2 ** 10],
  ['MIB', 2 ** 20],
  ['GIB', 2 ** 30],
  ['TIB', 2 ** 40],
]);
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Reads a size: a number of bytes, or a number with a unit such as `64MiB`, `1.5GB`. Units do not mind case; KB is 1000, KiB is 1024.
 *
 * @returns whole bytes
 * @throws ProvenderError `PROVENDER_INVALID` for anything else
 */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  const factor = SIZE_UNITS.get((unit ?? '?').toUpperCase());
  const bytes = Math.floor(Number(digits) * (factor ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new ProvenderError('PROVENDER_INVALID', `"${text}" is no size; write 4096, 64MiB or 1.5GB`);
}

/**
 * Reads a time span such as `500ms`, `30s`, `5m`, `1h`. The unit is never guessed.
 *
 * @returns milliseconds
 * @throws ProvenderError `PROVENDER_INVALID` for anything else
 */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(text.trim()) ?? [];
  const durationMs = Number(digits) * (DURATION_UNITS.get(unit ?? '') ?? Number.NaN);
  if (Number.isFinite(durationMs)) return durationMs;
  throw new ProvenderError('PROVENDER_INVALID', `"${text}" is no time span; write 500ms, 30s or 5m`);
}

/** An address to listen on or to call. */
export interface Address {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string;
  /** 0 to 65535; 0 takes a free one when listening. */
  readonly port: number;
}

/**
 * Reads `host:port`; an IPv6 host stands in brackets.
 * @throws ProvenderError `PROVENDER_INVALID` for anything else
 */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `"${text}" is no address; write 127.0.0.1:7411 or [::1]:7411`,
  );
}

/** Writes an address as `host:port`, with brackets around an IPv6 host. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a text is a host name: labels of letters, digits, hyphens and underscores, 63 each, 253 in all. */
export function isHostName(text: string): boolean {
  return text.length <= 253 && /^(?!-)[\w-]{1,63}(?:\.(?!-)[\w-]{1,63})*$/.test(text);
}

/** Writes bytes for people: `4 KiB`, `1.5 GiB`, `0 B`. */
export function formatSize(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'][power];
  const value = bytes / 2 ** (10 * power);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}
