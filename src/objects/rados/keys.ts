import { type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { INDEX_PREFIX_SIZE } from '../index-row.ts';
import { parseTag, type Tag, tagName } from '../tag.ts';

/** Names of object-layout.md, section 2, and no others. */
export const FORMAT_KEY = 'format';
export const SESSIONS_KEY = 'sessions';
export const QUARANTINE_KEY = 'quarantine';
/** Row of `sessions`: number of the next session. */
export const NEXT_SESSION_ROW = 'next';
/** Attribute of a lone chunk: its head. */
export const HEAD_ATTRIBUTE = 'h';
/** Attributes of stripe 0: id of the object, once known, and payment. */
export const ID_ATTRIBUTE = 'id';
export const PAYMENT_ATTRIBUTE = 'op';
/** Catalog objects. */
export const CATALOG_SHARDS = 256;
/** What the rows of a catalog object begin with: heads, and tags that were published once and removed. */
export const HEAD_ROW_PREFIX = 'h.';
export const REMOVED_ROW_PREFIX = 'g.';
/** What the rows of session records begin with. */
export const SESSION_ROW_PREFIX = 's.';

const CHUNK_KEY = /^c\/([0-9a-f]{64})$/;
const HEAD_ROW = /^h\.([0-9a-f]{64})$/;
const REMOVED_ROW = /^g\.([0-9a-f]{8})\.([0-9a-f]{8})$/;
const SESSION_ROW = /^s\.([0-9a-f]{8})$/;
const DATA_KEY = /^([0-9a-f]{8})\.([0-9a-f]{8})\/(?:([0-9a-f]{6})|r)$/;

function idOfHex(hex: string | undefined): ObjectId | undefined {
  return hex === undefined ? undefined : parseObjectId(new Uint8Array(Buffer.from(hex, 'hex')));
}

function tagOfHex(session: string | undefined, staging: string | undefined): Tag | undefined {
  if (session === undefined || staging === undefined) return undefined;
  return parseTag(new Uint8Array(Buffer.from(session + staging, 'hex')));
}

/** NS `c/<id>`. */
export function chunkKey(id: ObjectId): string {
  return `c/${objectIdHex(id)}`;
}

/** Id in the name of a lone chunk; `undefined` for any other name. */
export function chunkIdOfKey(key: string): ObjectId | undefined {
  return idOfHex(CHUNK_KEY.exec(key)?.[1]);
}

/** NS `k/<xx>`, shard 0 to 255. */
export function catalogShardKey(shard: number): string {
  return `k/${shard.toString(16).padStart(2, '0')}`;
}

/** Catalog object of a file or collection: by the first byte of its id. */
export function catalogKey(id: ObjectId): string {
  return catalogShardKey(id[0] ?? 0);
}

/** Catalog row `h.<id>`. */
export function headRow(id: ObjectId): string {
  return HEAD_ROW_PREFIX + objectIdHex(id);
}

/** Id in the name of a head's row; `undefined` for any other name. */
export function idOfHeadRow(row: string): ObjectId | undefined {
  return idOfHex(HEAD_ROW.exec(row)?.[1]);
}

/** Catalog row `g.<tag>`. */
export function removedRow(tag: Tag): string {
  return REMOVED_ROW_PREFIX + tagName(tag);
}

/** Tag in the name of a row `g.<tag>`; `undefined` for any other name. */
export function tagOfRemovedRow(row: string): Tag | undefined {
  const [, session, staging] = REMOVED_ROW.exec(row) ?? [];
  return tagOfHex(session, staging);
}

/** Row `s.<A>` of `sessions`, A as 8 hex digits. */
export function sessionRow(session: number): string {
  return SESSION_ROW_PREFIX + session.toString(16).padStart(8, '0');
}

/** Number in the name of a session record's row; `undefined` for any other name. */
export function sessionOfRow(row: string): number | undefined {
  const hex = SESSION_ROW.exec(row)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** Index object of a chunk: ⌊BE16(chunk id) · indexShards / 65536⌋. */
export function indexShard(prefix: Uint8Array, indexShards: number): number {
  return indexShardAt(prefix, 0, indexShards);
}

/** Index object of the chunk whose id begins at byte `at`. */
export function indexShardAt(bytes: Uint8Array, at: number, indexShards: number): number {
  const first = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  return Math.floor((first * indexShards) / 65536);
}

/** NS `x/<nnnn>`, four decimal digits. */
export function indexShardKey(shard: number): string {
  return `x/${shard.toString().padStart(4, '0')}`;
}

/** First part of the names of a chunk's index rows: 16 bytes of its id in hex ‖ `.`. */
export function indexRowPrefix(chunk: Uint8Array): string {
  return `${Buffer.from(chunk.subarray(0, INDEX_PREFIX_SIZE)).toString('hex')}.`;
}

/** Name of an index row. */
export function indexRowName(chunk: Uint8Array, tag: Tag): string {
  return indexRowPrefix(chunk) + tagName(tag);
}

/** Names of many index rows of one tag: those of the chunks whose ids begin at the places that are asked for. */
export function indexRowNamer(bytes: Buffer, tag: Tag): (at: number) => string {
  const end = `.${tagName(tag)}`;
  return (at) => bytes.toString('hex', at, at + INDEX_PREFIX_SIZE) + end;
}

/** Tag in the name of an index row that begins with `prefix`; `undefined` when the rest is none. */
export function tagOfIndexRow(row: string, prefix: string): Tag | undefined {
  return tagOfRemovedRow(REMOVED_ROW_PREFIX + row.slice(prefix.length));
}

/** What a name in NS.data says; `stripe` is `undefined` for `r`. `undefined` for a name that is none of ours. */
export function parseDataKey(key: string): { tag: Tag; stripe: number | undefined } | undefined {
  const [, session, staging, stripe] = DATA_KEY.exec(key) ?? [];
  const tag = tagOfHex(session, staging);
  if (tag === undefined) return undefined;
  return { tag, stripe: stripe === undefined ? undefined : Number.parseInt(stripe, 16) };
}

/** The namespace of stripes and roots beside namespace `ns` of all else. */
export function dataNamespace(ns: string): string {
  return `${ns}.data`;
}
