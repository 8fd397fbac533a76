import { OBJECT_KIND, type ObjectId, type ObjectKind, objectId } from '../../src/content/object-id.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import type { ProvenderClient } from '../../src/rpc/client/index.ts';
import type { SetOutcome } from '../../src/shares/shares.ts';
import { contentOf } from './content.ts';
import { chunkOf, referenceCollectionId } from './share-content.ts';

/** An object that a load sets, reads and removes; its seed decides every byte. */
export interface LoadObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  /** The content: one piece, or the chunks of a collection in ascending order of ids. */
  readonly parts: readonly Uint8Array[];
}

/** At least 16 bytes, so that no two objects are the same. */
const FILE_SIZES = [16, 4095, 4096, 4097, 100_000, 2 ** 22, 2 ** 22 + 1, 9_000_000];

/** Sets an object. */
export async function setObject(
  client: ProvenderClient,
  { id, kind, parts }: LoadObject,
): Promise<SetOutcome> {
  const [content = new Uint8Array()] = parts;
  if (kind === OBJECT_KIND.chunk) return await client.setShare(content);
  if (kind === OBJECT_KIND.collection) return await client.setShares(parts);
  return await client.setFile({ sizeBytes: content.length, id }, [content]);
}

/** Removes an object. */
export async function removeObject(client: ProvenderClient, { id, kind }: LoadObject): Promise<void> {
  if (kind === OBJECT_KIND.file) await client.removeFile(id);
  else await client.removeShare(id);
}

/** Reads all content of an object, checked piece by piece. @throws ProvenderError `PROVENDER_NOT_FOUND` */
export async function readParts(
  client: ProvenderClient,
  { id, kind }: Pick<LoadObject, 'id' | 'kind'>,
): Promise<Uint8Array[]> {
  if (kind === OBJECT_KIND.chunk) return [await client.getShare(id)];
  const parts: Uint8Array[] = [];
  if (kind === OBJECT_KIND.file) {
    for await (const piece of (await client.getFile(id)).data) parts.push(piece);
    return [new Uint8Array(Buffer.concat(parts))];
  }
  for await (const items of client.readShares({ collection: id, first: 0 })) {
    for (const item of items) {
      if ('error' in item) throw item.error;
      parts.push(item.bytes);
    }
  }
  return parts;
}

/** A chunk of 16 to 4096 bytes. */
export function makeChunk(seed: string, random: (end: number) => number): LoadObject {
  const { id, bytes } = chunkOf(contentOf(seed, 16 + random(4081)));
  return { id, kind: OBJECT_KIND.chunk, parts: [bytes] };
}

/** A file of any of the sizes that matter, 16 bytes to three stripes. */
export function makeFile(seed: string, random: (end: number) => number): LoadObject {
  const content = contentOf(seed, FILE_SIZES[random(FILE_SIZES.length)] ?? 0);
  const { sizeBytes, dataRoot } = new TreeBuilder().update(content).finish();
  const id = objectId({ kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot });
  return { id, kind: OBJECT_KIND.file, parts: [content] };
}

/** A collection of 1 to 150 chunks. */
export function makeCollection(seed: string, random: (end: number) => number): LoadObject {
  const chunks = Array.from({ length: 1 + random(150) }, (_, i) =>
    chunkOf(contentOf(`${seed}/${i}`, 16 + random(4081))),
  );
  const sorted = chunks.toSorted((a, b) => Buffer.compare(a.id, b.id));
  return {
    id: referenceCollectionId(sorted),
    kind: OBJECT_KIND.collection,
    parts: sorted.map(({ bytes }) => bytes),
  };
}
