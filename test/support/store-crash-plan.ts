import { createHash } from 'node:crypto';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import type { LoneChunk } from '../../src/objects/object-store.ts';
import { makeChunk, makeCollection, makeQuickFile, type StoredObject } from './store-objects.ts';

/** What a crash child does with one name; each name is one chunk, file or collection. */
export type Operation = 'set' | 'remove';

/** Orders to a crash child. */
export interface CrashOrders {
  readonly adapter: string;
  readonly directory: string;
  /** Seed of the random mix; the fixed script when it is absent. */
  readonly seed?: number;
  /** Number of the first lane of the random mix; 0 unless told. Children beside each other have lanes of their own. */
  readonly firstLane?: number;
  /** Durable step, counted from 1, inside which the child kills itself. */
  readonly killAtStep?: number;
  /** One paid set instead of the script; the embedded adapters only. */
  readonly paid?: PaidOrders;
  /** For adapter `rados`, whose place is no folder. Steps of one name behind each other then count as one. */
  readonly rados?: CrashPlace;
}

/** A set whose payment is committed by a mark, as the payments do it; what stands there already decides. */
export interface PaidOrders {
  /** Thing to set. */
  readonly name: string;
  /** Folder of the marks. */
  readonly marks: string;
  /** Number of the operation. */
  readonly operation: number;
  /** Steps of single files do not count: other tests stop at each of them. */
  readonly coarse: boolean;
}

/** A store on RADOS, as another process opens it. */
export interface CrashPlace {
  readonly confFile: string;
  readonly user: string;
  readonly pool: string;
  readonly namespace: string;
  /** A foreign session that does not beat for this long is closed. */
  readonly deadMs: number;
  /** Further steps of the same name that are let through before the kill. */
  readonly killAfter: number;
  /** Name in its session record; `crash child` unless told. */
  readonly podName?: string;
}

/** A number from 0 to 1, the same row for the same seed. */
export function seededRandom(seed: number): () => number {
  let drawn = 0;
  return () => {
    const digest = createHash('sha256').update(`${seed} ${drawn++}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}

/** What a name stands for; the first word says its kind. */
export function thingNamed(name: string): { chunk: LoneChunk } | { object: StoredObject } {
  const [kind] = name.split('-');
  const size = createHash('sha256').update(name).digest().readUInt16BE(0);
  if (kind === 'chunk') return { chunk: makeChunk(name, size % 4097) };
  if (kind === 'collection') return { object: makeCollection(name, 1 + (size % 90)) };
  return { object: makeQuickFile(name, kind === 'large' ? STRIPE_SIZE + size : size * 5) };
}

/** Names of one lane of the random mix; no other lane touches them. */
export function laneNames(lane: number): readonly string[] {
  const kinds = ['chunk', 'chunk', 'chunk', 'file', lane % LANES === 0 ? 'large' : 'collection'];
  return kinds.map((kind, i) => `${kind}-${lane}-${i}`);
}

/** Lanes of the random mix. */
export const LANES = 4;
/** The fixed script: every operation of the port that writes. */
export const SCRIPT: readonly (readonly [Operation | 'discard', string])[] = [
  ['set', 'chunk-a'],
  ['set', 'collection-b'],
  ['set', 'large-c'],
  ['discard', 'collection-d'],
  ['remove', 'chunk-a'],
  ['remove', 'collection-b'],
  ['set', 'chunk-e'],
  ['remove', 'large-c'],
  ['set', 'collection-b'],
];
