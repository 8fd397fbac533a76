import assert from 'node:assert/strict';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { decodeHead } from '../../src/objects/head.ts';
import type { CatalogEntry, LoneChunk, ObjectStore, StoreUsage } from '../../src/objects/object-store.ts';
import type { Tag } from '../../src/objects/tag.ts';
import type { StoredObject } from './store-objects.ts';

/** More than a stripe can have. */
const WHOLE = { offset: 0, length: 5 * 2 ** 20 };

/** Reads a lone chunk that must be there or absent, and whole. */
export async function readChunk(store: ObjectStore, id: ObjectId): Promise<LoneChunk | undefined> {
  const [chunk] = await store.getChunks([id]);
  if (chunk instanceof ProvenderError) throw chunk;
  return chunk;
}

/** Every stripe under a tag, as stored. */
async function readStripes(store: ObjectStore, tag: Tag): Promise<readonly Uint8Array[]> {
  const stripes: Uint8Array[] = [];
  for (;;) {
    const parts = await store.readStripe(tag, stripes.length, [WHOLE]);
    const bytes = parts?.[0];
    if (bytes === undefined) return stripes;
    stripes.push(bytes);
  }
}

/** Fails unless the object is there with every byte, its stripe roots and its index rows. */
export async function assertWhole(store: ObjectStore, object: StoredObject): Promise<void> {
  const bytes = await store.getHead(object.id);
  assert.ok(bytes, 'the head is there');
  const { tag } = decodeHead(bytes);
  const stripes = await readStripes(store, tag);
  assert.equal(stripes.length, object.stripes.length);
  stripes.forEach((stripe, i) => assertSame(stripe, object.stripes[i], `stripe ${i}`));
  assertSame(await store.readRoots(tag), object.roots, 'stripe roots');
  for (const [position, id] of object.chunkIds.entries()) {
    const places = await store.findChunk(id);
    const ours = places.filter((place) => Buffer.compare(place.tag, tag) === 0);
    assert.equal(ours.length, 1, `one row of chunk ${position}`);
    assert.equal(ours[0]?.position, position);
    assertSame(ours[0]?.collection, object.id, `collection of chunk ${position}`);
  }
}

/** Fails unless nothing of the object can be found any more. */
export async function assertGone(store: ObjectStore, object: StoredObject, tag: Tag): Promise<void> {
  assert.equal(await store.getHead(object.id), undefined);
  assert.equal((await readStripes(store, tag)).length, 0);
  assert.equal(await store.readRoots(tag), undefined);
  for (const id of object.chunkIds) {
    const places = await store.findChunk(id);
    assert.ok(places.every((place) => Buffer.compare(place.tag, tag) !== 0));
  }
}

/** Equality of bytes without printing megabytes. */
export function assertSame(
  found: Uint8Array | undefined,
  expected: Uint8Array | undefined,
  what: string,
): void {
  if (found === undefined || expected === undefined) {
    assert.equal(found === undefined, expected === undefined, `${what}: there on one side only`);
    return;
  }
  assert.equal(found.length, expected.length, `${what}: length`);
  assert.equal(Buffer.compare(found, expected), 0, `${what}: bytes`);
}

/** All entries, page by page. */
export async function listAll(
  store: ObjectStore,
  what: 'chunks' | 'objects',
  limit = 1000,
): Promise<CatalogEntry[]> {
  const all: CatalogEntry[] = [];
  for (;;) {
    const after = all.at(-1)?.token;
    const page = await store.list(what, after === undefined ? { limit } : { after, limit });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

/** Counts everything that can be read, byte by byte. */
export async function recount(store: ObjectStore): Promise<StoreUsage> {
  const usage = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };
  for (const { id } of await listAll(store, 'chunks')) {
    const chunk = await readChunk(store, id);
    assert.ok(chunk);
    assert.equal(chunk.block.length, BLOCK_SIZE);
    usage.chunks++;
    usage.storedBytes += chunk.block.length + chunk.head.length;
  }
  for (const { head } of await listAll(store, 'objects')) {
    const { tag, statement } = decodeHead(head);
    usage[statement.kind === OBJECT_KIND.file ? 'files' : 'collections']++;
    const roots = await store.readRoots(tag);
    const stripes = await readStripes(store, tag);
    usage.storedBytes += head.length + (roots?.length ?? 0);
    for (const stripe of stripes) usage.storedBytes += stripe.length;
  }
  return usage;
}

/** Code of the error that a call ends with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProvenderError) return error.code;
    throw error;
  }
  return 'none';
}
