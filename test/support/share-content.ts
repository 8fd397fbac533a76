import { type ObjectId, parseObjectId } from '../../src/content/object-id.ts';
import type { FileReading, ShareItem, Shares } from '../../src/shares/shares.ts';
import { referenceDataRoot, sha256, testBytes } from '../proof/reference-tree.ts';

/** Id of an object from its definition, hashed by OpenSSL. @see proof-of-replication.md, section 2 */
export function referenceId(kind: number, size: number, count: number, dataRoot: Uint8Array): ObjectId {
  const tag = Buffer.alloc(32);
  tag.write('provender/object/v1');
  const numbers = Buffer.alloc(13);
  numbers.writeUInt8(kind, 0);
  numbers.writeBigUInt64BE(BigInt(size), 1);
  numbers.writeUInt32BE(count, 9);
  return parseObjectId(sha256(tag, numbers, dataRoot));
}

/** Id of a file with this content. */
export function referenceFileId(content: Uint8Array): ObjectId {
  return referenceId(2, content.length, 1, referenceDataRoot(content));
}

/** A chunk and its id. */
export interface Chunk {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
}

/** A chunk with the id that its definition gives. */
export function chunkOf(bytes: Uint8Array): Chunk {
  return { id: referenceId(1, bytes.length, 1, referenceDataRoot(bytes)), bytes };
}

/** Different chunks in ascending order of ids, of lengths that go round from 0 to 4096. */
export function makeChunks(count: number, seed = 1): Chunk[] {
  const chunks = Array.from({ length: count }, (_, i) => {
    const bytes = testBytes(4 + ((i * 37) % 4093), seed);
    new DataView(bytes.buffer).setUint32(0, i);
    return chunkOf(bytes);
  });
  return chunks.sort((a, b) => Buffer.compare(a.id, b.id));
}

/** Id of the collection of these chunks, by its definition. @see proof-of-replication.md, section 3 */
export function referenceCollectionId(chunks: readonly Chunk[]): ObjectId {
  const manifest = Math.ceil(chunks.length / 64);
  const content = new Uint8Array(4096 * (chunks.length + manifest));
  const view = new DataView(content.buffer);
  for (const [i, { id, bytes }] of chunks.entries()) {
    content.set(bytes, 4096 * i);
    content.set(id, 4096 * chunks.length + 64 * i);
    view.setUint32(4096 * chunks.length + 64 * i + 32, bytes.length);
  }
  return referenceId(3, content.length, chunks.length, referenceDataRoot(content));
}

/** Gives the parts one by one, each in its own turn of the event loop. */
export async function* sourceOf<T>(...parts: readonly T[]): AsyncGenerator<T, undefined> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
  return undefined;
}

/** Cuts bytes in pieces of `size`. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Sets a file in pieces. */
export function setFile(shares: Shares, content: Uint8Array, piece = 65_536): ReturnType<Shares['setFile']> {
  return shares.setFile({ sizeBytes: content.length }, sourceOf(...pieces(content, piece)));
}

/** What a sender declares of these chunks. */
export function declarationOf(chunks: readonly Chunk[]): { count: number; sizeBytes: number } {
  return { count: chunks.length, sizeBytes: chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

/** The chunks in batches, as senders give them. */
export function batchesOf(chunks: readonly Chunk[], size = 64): Uint8Array[][] {
  const count = Math.ceil(chunks.length / size);
  return Array.from({ length: count }, (_, i) =>
    chunks.slice(i * size, (i + 1) * size).map(({ bytes }) => bytes),
  );
}

/** Sets a collection. */
export function setCollection(shares: Shares, chunks: readonly Chunk[]): ReturnType<Shares['setShares']> {
  return shares.setShares(declarationOf(chunks), sourceOf(...batchesOf(chunks)));
}

/** All bytes of a reading. */
export async function bytesOf(reading: FileReading): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of reading.data) parts.push(Buffer.from(part)); // good until the next one only
  return Buffer.concat(parts);
}

/** Reads a file, or a range of it. */
export async function getFile(
  shares: Shares,
  id: ObjectId,
  range: { offset?: number; length?: number } = {},
): Promise<Buffer> {
  return bytesOf(await shares.getFile(id, range));
}

/** All items of a stream, their bytes copied: a batch is good until the next one only. */
export async function itemsOf(stream: AsyncIterable<readonly ShareItem[]>): Promise<ShareItem[]> {
  const items: ShareItem[] = [];
  for await (const batch of stream)
    for (const item of batch)
      items.push('bytes' in item ? { ...item, bytes: Buffer.from(item.bytes) } : item);
  return items;
}

/** Bytes of an item, or its error thrown. */
export function itemBytes(item: ShareItem | undefined): Uint8Array {
  if (item === undefined) throw new Error('there is no such item');
  if ('error' in item) throw item.error;
  return item.bytes;
}
