import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import type { BlockRange } from '../../src/content/block-range.ts';
import { CODER_RUN_BLOCKS, type ReplicaCoder } from '../../src/proof/replica-coder.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { testBytes } from '../proof/reference-tree.ts';

/** An object of one segment and whose replica it becomes. */
export interface CodedObject {
  readonly content: Uint8Array;
  readonly replicaId: Uint8Array;
  readonly passes: number;
}

/** Bytes of `blocks` blocks; equal arguments, equal object. */
export function objectOf(blocks: number, passes: number, seed = 1): CodedObject {
  return {
    content: testBytes(blocks * BLOCK_SIZE, seed),
    replicaId: testBytes(HASH_SIZE, seed + 1000),
    passes,
  };
}

/** Shared memory at an odd place, with the bytes given. */
export function sharedCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length + 8), 7, bytes.length);
  copy.set(bytes);
  return copy;
}

/** Empty shared memory. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Runs of a pass over a segment in the order of the pass, natural numbers inside. */
function runsOf(pass: number, blocks: number): readonly BlockRange[] {
  const runs: BlockRange[] = [];
  for (let first = 0; first < blocks; first += CODER_RUN_BLOCKS) {
    const end = Math.min(blocks, first + CODER_RUN_BLOCKS);
    runs.push(pass % 2 === 1 ? { first, end } : { first: blocks - end, end: blocks - first });
  }
  return runs;
}

/** Layers 1 to L and the block roots of each, run by run through a coder. */
export async function encodeBy(
  coder: ReplicaCoder,
  { content, replicaId, passes }: CodedObject,
): Promise<{ layers: Uint8Array[]; roots: Uint8Array[] }> {
  const blocks = content.length / BLOCK_SIZE;
  const segment = { id: segmentId(replicaId, 0), bytes: sharedCopy(content) };
  const layers: Uint8Array[] = [];
  const roots: Uint8Array[] = [];
  for (let pass = 1; pass <= passes; pass++) {
    const layerRoots = sharedBytes(blocks * HASH_SIZE);
    for (const run of runsOf(pass, blocks)) {
      const own = layerRoots.subarray(run.first * HASH_SIZE, run.end * HASH_SIZE);
      await coder.encode({ pass, segment, blocks: run, roots: own });
    }
    layers.push(segment.bytes.slice());
    roots.push(layerRoots);
  }
  return { layers, roots };
}

/** Layers L - 1 to 0 and the block roots of each; in place, from the end of a pass to its start, or elsewhere. */
export async function decodeBy(
  coder: ReplicaCoder,
  { replicaId, passes }: CodedObject,
  { replica, inPlace }: { replica: Uint8Array; inPlace: boolean },
): Promise<{ layers: Uint8Array[]; roots: Uint8Array[] }> {
  const blocks = replica.length / BLOCK_SIZE;
  const id = segmentId(replicaId, 0);
  const layers: Uint8Array[] = [];
  const roots: Uint8Array[] = [];
  let bytes = sharedCopy(replica);
  for (let pass = passes; pass >= 1; pass--) {
    const target = inPlace ? bytes : sharedBytes(bytes.length);
    const layerRoots = sharedBytes(blocks * HASH_SIZE);
    for (const run of runsOf(pass, blocks).toReversed()) {
      const out = target.subarray(run.first * BLOCK_SIZE, run.end * BLOCK_SIZE);
      const own = layerRoots.subarray(run.first * HASH_SIZE, run.end * HASH_SIZE);
      await coder.decode({ pass, segment: { id, bytes }, blocks: run, out, roots: own });
    }
    bytes = target;
    layers.push(target.slice());
    roots.push(layerRoots);
  }
  return { layers, roots };
}
