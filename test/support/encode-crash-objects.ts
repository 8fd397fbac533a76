import type { ObjectId } from '../../src/content/object-id.ts';
import type { Shares } from '../../src/shares/shares.ts';
import { contentOf } from './content.ts';
import {
  batchesOf,
  bytesOf,
  type Chunk,
  chunkOf,
  declarationOf,
  itemBytes,
  itemsOf,
  makeChunks,
  pieces,
  referenceCollectionId,
  referenceFileId,
  sourceOf,
} from './share-content.ts';

/** Objects above it whose id is not declared are staged raw: the large ones below. */
export const CRASH_RAW_ABOVE_BYTES = 2 ** 19;

/** A replica that a crash child sets. */
export interface CrashObject {
  readonly name: string;
  set(shares: Shares): Promise<unknown>;
  /** All of its content as it is read back. */
  read(shares: Shares): Promise<Uint8Array>;
  readonly content: Uint8Array;
}

/** The ways that a replica comes to be; files of two stripes. */
export const CRASH_OBJECTS: readonly CrashObject[] = [
  chunk('lone chunk in cat-1', 1),
  file('file in cat-2 of known id', 2, true),
  file('file in cat-1 of unknown id, staged raw', 1, false),
  collection('collection in cat-2, staged raw', 2, makeChunks(150, 6)),
];

function chunk(name: string, profile: number): CrashObject {
  const content = contentOf(name, 1000 + profile);
  const { id } = chunkOf(content);
  const read = async (shares: Shares): Promise<Uint8Array> => itemBytes((await shares.getShares([id]))[0]);
  return { name, content, set: (shares) => shares.setShare(content, { profile }), read };
}

function file(name: string, profile: number, isDeclared: boolean): CrashObject {
  const content = contentOf(name, 4_200_000);
  const id: ObjectId = referenceFileId(content);
  const declared = { sizeBytes: content.length, profile, ...(isDeclared && { id }) };
  return {
    name,
    content,
    set: (shares) => shares.setFile(declared, sourceOf(...pieces(content, 1_000_000))),
    read: async (shares) => bytesOf(await shares.getFile(id, {})),
  };
}

function collection(name: string, profile: number, chunks: readonly Chunk[]): CrashObject {
  const id = referenceCollectionId(chunks);
  return {
    name,
    content: Buffer.concat(chunks.map(({ bytes }) => bytes)),
    set: (shares) => shares.setShares({ ...declarationOf(chunks), profile }, sourceOf(...batchesOf(chunks))),
    read: async (shares) =>
      Buffer.concat((await itemsOf(shares.readShares({ collection: id, first: 0 }))).map(itemBytes)),
  };
}
