import { concatBytes } from '@noble/hashes/utils.js';
import { BLOCK_SIZE, HASH_SIZE } from '../../content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { replicaId } from '../../proof/commitment.ts';
import { blockRoots, chunkIds, decodePass } from '../../proof/kernels.ts';
import { segmentId } from '../../proof/segments.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { isZero } from '../../content/zero-bytes.ts';
import type { Finding } from './findings.ts';
import { hashAt } from './hashes.ts';

/** A lone chunk whose head is good, and its 4096 replica bytes. */
export interface ChunkBody {
  readonly object: HeldObject;
  readonly block: Uint8Array;
}

/** The fault of a chunk whose bytes are damaged. */
export function bodyFault(id: ObjectId, reason: string): Finding {
  return { kind: 'chunk', key: `c/${objectIdHex(id)}`, block: 0, object: id, reason };
}

/** Hashes and decodes lone chunks together, and gives the faults of those that do not fit their heads. */
export function bodyFaults(chunks: readonly ChunkBody[]): Finding[] {
  const byPasses = new Map<number, ChunkBody[]>();
  for (const chunk of chunks) {
    const { passes } = stripedObject(chunk.object);
    byPasses.set(passes, [...(byPasses.get(passes) ?? []), chunk]);
  }
  return [...byPasses].flatMap(([passes, group]) => faultsOf(group, passes));
}

/** All of one number of passes, so that each pass runs over them side by side. */
function faultsOf(group: readonly ChunkBody[], passes: number): Finding[] {
  const faults = new Map<number, Finding>();
  const fail = (i: number, reason: string): void => {
    const id = group[i]?.object.id;
    if (id !== undefined && !faults.has(i)) faults.set(i, bodyFault(id, reason));
  };
  const data = concatBytes(...group.map(({ block }) => block));
  const blocks = group.map(({ object: { head } }, i) => ({
    id: segmentId(replicaId(head.statement), 0),
    bytes: data.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE),
  }));
  const roots = new Uint8Array(group.length * HASH_SIZE);
  for (let layer = passes; layer > 0; layer--) {
    blockRoots(data, roots);
    group.forEach(({ object: { head } }, i) => {
      const root = head.statement.layerRoots[layer - 1];
      if (root === undefined || Buffer.compare(hashAt(roots, i), root) !== 0)
        fail(i, layer === passes ? 'the replica does not fit its root' : 'the replica does not decode');
    });
    decodePass(layer, blocks);
  }
  blockRoots(data, roots);
  const lengths = Uint16Array.from(group, ({ object }) => object.head.statement.sizeBytes);
  const ids = new Uint8Array(roots.length);
  chunkIds(roots, lengths, ids);
  group.forEach(({ object: { id, head } }, i) => {
    const filling = blocks[i]?.bytes.subarray(head.statement.sizeBytes) ?? new Uint8Array();
    if (Buffer.compare(hashAt(ids, i), id) !== 0 || !isZero(filling))
      fail(i, 'the chunk does not fit its id');
  });
  return [...faults.values()];
}
