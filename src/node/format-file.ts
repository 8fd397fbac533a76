import { readFile } from 'node:fs/promises';
import { ProvenderError } from '../content/provender-error.ts';
import { writeDurably } from './durable-file.ts';

/** The format of data directories that this version writes and reads. */
const FORMAT = 1;

/** Where the store `rados` keeps its data. */
export interface DataPlace {
  readonly pool: string;
  readonly namespace: string;
}

/** What `format.json` says: what the data was made by, and for whom. */
export interface DataFormat {
  /** 64 hex digits; zeros for a node that stands alone. */
  readonly networkId: string;
  /** Ed25519 public key of the storer that signed the commitments, 64 hex digits. */
  readonly storerPK: string;
  /** Name of the store. */
  readonly adapter: string;
  /** Limit of stored bytes where the configuration gives none: 80 % of what was free at the first start. Not for data that is elsewhere. */
  readonly limitBytes?: number;
  /** Where the data is, for a store that does not keep it in the directory. */
  readonly place?: DataPlace;
}

/** Writes `format.json`, the last step of a first start: without it there is no data directory. */
export async function writeFormat(path: string, format: DataFormat): Promise<void> {
  await writeDurably(path, `${JSON.stringify({ format: FORMAT, ...format })}\n`, {
    mode: 0o600,
    exclusive: true,
  });
}

/**
 * Reads `format.json`.
 *
 * @returns undefined when there is none
 * @throws ProvenderError `PROVENDER_CONFIG` for a newer format and for what is no format file
 */
export async function readFormat(path: string): Promise<DataFormat | undefined> {
  const wrong = (reason: string, cause?: unknown): ProvenderError =>
    new ProvenderError('PROVENDER_CONFIG', `${path}: ${reason}`, { details: { path }, cause });
  let fields: unknown;
  try {
    fields = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw wrong('cannot be read; restore it from your backup', error);
  }
  if (typeof fields !== 'object' || fields === null || !('format' in fields))
    throw wrong('has no format; restore it from your backup');
  if (fields.format !== FORMAT) {
    throw wrong(
      `data has format ${String(fields.format)}, this version reads format ${FORMAT}; use the version that wrote it, or a newer one`,
    );
  }
  const format = parseFields(fields);
  if (format === undefined) throw wrong('its fields are damaged; restore it from your backup');
  return format;
}

function parseFields(fields: object): DataFormat | undefined {
  const { networkId, storerPK, adapter, limitBytes, place } = { ...noFields, ...fields };
  if (!isHex(networkId) || !isHex(storerPK) || typeof adapter !== 'string') return undefined;
  const owner = { networkId, storerPK, adapter };
  if (place !== undefined) return isPlace(place) ? { ...owner, place } : undefined;
  return isLimit(limitBytes) ? { ...owner, limitBytes } : undefined;
}

const noFields: { readonly [Field in keyof Required<DataFormat>]: unknown } = {
  networkId: undefined,
  storerPK: undefined,
  adapter: undefined,
  limitBytes: undefined,
  place: undefined,
};

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isLimit(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isPlace(value: unknown): value is DataPlace {
  if (typeof value !== 'object' || value === null || !('pool' in value) || !('namespace' in value))
    return false;
  return typeof value.pool === 'string' && typeof value.namespace === 'string';
}
