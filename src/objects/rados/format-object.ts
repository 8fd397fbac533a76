import { bytesToHex } from '@noble/hashes/utils.js';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';

/** The format of object stores that this version writes and reads. */
const FORMAT = 1;
const MIN_SHARDS = 256;
const MAX_SHARDS = 4096;
/** The OSD warns of objects with more rows. */
const MAX_ROWS_PER_SHARD = 200_000;

/** Whose store a namespace is. */
export interface StoreOwner {
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
  /** Ed25519 public key of the storer, 32 bytes. */
  readonly storerPK: Uint8Array;
}

/** What the object `format` says. */
export interface StoreFormat extends StoreOwner {
  readonly indexShards: number;
}

/** Index objects for a limit: the smallest power of two, 256 to 4096, that keeps 200,000 chunks or fewer in each. */
export function indexShardsFor(limitBytes: number): number {
  let shards = MIN_SHARDS;
  while (shards < MAX_SHARDS && limitBytes / BLOCK_SIZE / shards > MAX_ROWS_PER_SHARD) shards *= 2;
  return shards;
}

/** Canonical JSON of `format`: keys in order, no spaces. @see object-layout.md, section 2 */
export function encodeFormat({ indexShards, networkId, storerPK }: StoreFormat): Uint8Array {
  const fields = {
    format: FORMAT,
    indexShards,
    networkId: bytesToHex(networkId),
    storerPK: bytesToHex(storerPK),
  };
  return new TextEncoder().encode(JSON.stringify(fields));
}

/**
 * Reads `format` and checks that it is this node's.
 *
 * @param place - pool and namespace, for messages
 * @returns the number of index objects
 * @throws ProvenderError `PROVENDER_CONFIG` for another format, network or storer, `PROVENDER_CORRUPT` for other bytes than this code writes
 */
export function checkFormat(bytes: Uint8Array, owner: StoreOwner, place: string): number {
  const fields = parseFields(bytes, place);
  if (fields['format'] !== FORMAT) {
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${place}: its objects have format ${String(fields['format'])}, this version reads format ${FORMAT}; use the version that wrote them, or a newer one`,
    );
  }
  const { indexShards } = fields;
  const whole = typeof indexShards === 'number' && isShardCount(indexShards);
  const networkId = hexField(fields['networkId']);
  const storerPK = hexField(fields['storerPK']);
  if (!whole || networkId === undefined || storerPK === undefined) throw damaged(place);
  checkSame(place, 'network', networkId, bytesToHex(owner.networkId));
  checkSame(place, 'storer', storerPK, bytesToHex(owner.storerPK));
  const canonical = encodeFormat({ indexShards, ...owner });
  if (!Buffer.from(canonical).equals(bytes)) throw damaged(place);
  return indexShards;
}

function parseFields(bytes: Uint8Array, place: string): Record<string, unknown> {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(place, error);
  }
  if (typeof fields !== 'object' || fields === null) throw damaged(place);
  return { ...fields };
}

function isShardCount(value: number): boolean {
  return value >= MIN_SHARDS && value <= MAX_SHARDS && Number.isInteger(Math.log2(value));
}

function hexField(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

function damaged(place: string, cause?: unknown): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${place}: the object 'format' is damaged; restore it from a copy of the pool`,
    { cause },
  );
}

function checkSame(place: string, what: 'network' | 'storer', found: string, configured: string): void {
  if (found === configured) return;
  const cure = what === 'storer' ? 'mount the keys/node.key that belongs to it, or choose' : 'choose';
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `${place}: its objects belong to ${what} ${found}, this node is ${configured}; ${cure} another namespace with --namespace`,
    { details: { found, configured } },
  );
}
