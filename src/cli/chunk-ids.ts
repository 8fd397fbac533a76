import { OBJECT_KIND, type ObjectId, objectId } from '../content/object-id.ts';
import { TreeBuilder } from '../proof/tree-builder.ts';

/** Ids of chunks of at most 4096 bytes each, in their order. */
export function chunkIds(chunks: readonly Uint8Array[]): ObjectId[] {
  return chunks.map((chunk) => {
    const { sizeBytes, dataRoot } = new TreeBuilder().update(chunk).finish();
    return objectId({ kind: OBJECT_KIND.chunk, sizeBytes, count: 1, dataRoot });
  });
}
