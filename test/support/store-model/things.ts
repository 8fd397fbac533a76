import { STRIPE_SIZE } from '../../../src/content/geometry.ts';
import type { LoneChunk } from '../../../src/objects/object-store.ts';
import { makeChunk, makeCollection, makeQuickFile, type StoredObject } from '../store-objects.ts';
import { Slot } from './slot.ts';

/** A lone chunk of the model: replicas of one id, which differ in head and block. */
export interface ChunkThing {
  readonly slot: Slot;
  readonly variants: readonly LoneChunk[];
}

/** A file or collection of the model; each staging of it has a head of its own, with the same content. */
export interface ObjectThing {
  readonly slot: Slot;
  readonly object: StoredObject;
}

/** Something that is set, read, replaced and removed. */
export type Thing = ChunkThing | ObjectThing;

const REPLICAS = 3;
/** None is empty: all empty files are the same one. */
const FILE_SIZES = [16, 100, 5000, 60_000, 300_000];
const COLLECTION_COUNTS = [1, 3, 20, 65];

/** The things of one lane; the same names give the same bytes. The first lane has an object of two stripes. */
export function thingsOfLane(seed: string, lane: number): Thing[] {
  const name = (kind: string, i: number): string => `${seed} ${kind} ${lane}.${i}`;
  const chunks = [0, 1, 2, 3].map((i) => chunkThing(name('chunk', i)));
  const fileSize = FILE_SIZES[lane % FILE_SIZES.length] ?? 0;
  const count = COLLECTION_COUNTS[lane % COLLECTION_COUNTS.length] ?? 1;
  const large = lane === 0 ? [makeQuickFile(name('large', 0), STRIPE_SIZE + 10_000)] : [];
  const objects = [
    makeQuickFile(name('file', 0), fileSize),
    makeCollection(name('collection', 0), count),
    ...large,
  ];
  const named = ['file', 'collection', 'large file'];
  return [
    ...chunks,
    ...objects.map((object, i) => ({ slot: new Slot(`${named[i]} of lane ${lane}`), object })),
  ];
}

function chunkThing(name: string): ChunkThing {
  const variants = Array.from({ length: REPLICAS }, (_, round) => {
    const chunk = makeChunk(name, 4096, BigInt(round));
    return { ...chunk, block: chunk.block.map((byte) => byte ^ round) };
  });
  return { slot: new Slot(name), variants };
}

/** Bytes of a head as a slot names them. */
export function hexOf(head: Uint8Array): string {
  return Buffer.from(head.buffer, head.byteOffset, head.length).toString('hex');
}

/** The head that a slot names. */
export function headOf(standing: string): Uint8Array {
  return new Uint8Array(Buffer.from(standing, 'hex'));
}
