import { objectId } from '../../src/content/object-id.ts';
import type { Challenge } from '../../src/proof/challenge.ts';
import { replicaId, type Statement } from '../../src/proof/commitment.ts';
import { blockNodes, encodePass, nodeLevel } from '../../src/proof/kernels.ts';
import { frameProof } from '../../src/proof/proof-frame.ts';
import { planProof } from '../../src/proof/replica-proof.ts';
import { segmentId, segmentsOf } from '../../src/proof/segments.ts';
import { rootOf } from './replica-vectors.ts';

const BLOCK = 4096;
const LEAF = 64;
const HASH = 32;

/** A file, its layers and all their nodes by the kernels: what makes proofs of megabytes fast. */
export class FastReplica {
  readonly statement: Statement;
  readonly #layers: readonly Uint8Array[];
  readonly #trees: readonly (readonly Uint8Array[])[];

  constructor(content: Uint8Array, profile: number) {
    const layer = new Uint8Array(BLOCK * Math.max(1, Math.ceil(content.length / BLOCK)));
    layer.set(content);
    const facts = { kind: 2, sizeBytes: content.length, count: 1, dataRoot: rootOf(content) } as const;
    const name: Statement = {
      ...facts,
      profile,
      networkId: new Uint8Array(HASH).fill(1),
      id: objectId(facts),
      storerKey: new Uint8Array(HASH).fill(2),
      seed: new Uint8Array(HASH).fill(3),
      round: 5n,
      replicaIndex: 0,
      layerRoots: [],
    };
    this.#layers = layersOf(layer, replicaId(name), profile);
    this.#trees = this.#layers.map(levelsOf);
    const layerRoots = this.#trees.slice(1).map((levels) => levels.at(-1) ?? layer);
    this.statement = { ...name, layerRoots };
  }

  /** Bytes of a ReplicaProof. */
  prove(challenge: Challenge): Uint8Array {
    const { bytes, replica, openings } = frameProof(planProof(this.statement, challenge));
    if (openings.length === 0) replica.set(this.#layers.at(-1) ?? replica);
    for (const opening of openings) {
      const layer = this.#layers[opening.layer] ?? replica;
      const levels = this.#trees[opening.layer] ?? [];
      for (const [i, leaf] of opening.leaves.entries())
        opening.putLeaf(i, layer.subarray(LEAF * leaf, LEAF * (leaf + 1)));
      for (const [i, { level, index }] of opening.siblings.entries())
        opening.putSibling(i, (levels[level] ?? replica).subarray(HASH * index, HASH * (index + 1)));
    }
    return bytes;
  }
}

function layersOf(content: Uint8Array, replica: Uint8Array, passes: number): Uint8Array[] {
  const layers = [content];
  for (let pass = 1; pass <= passes; pass++) {
    const layer = layers[pass - 1]?.slice() ?? content;
    const segments = segmentsOf(layer.length / BLOCK).map(({ number, start, blocks }) => ({
      id: segmentId(replica, number),
      bytes: layer.subarray(start, start + blocks * BLOCK),
    }));
    encodePass(pass, segments);
    layers.push(layer);
  }
  return layers;
}

/** All levels of a layer's tree, leaf hashes first. */
function levelsOf(layer: Uint8Array): Uint8Array[] {
  const hashes = new Uint8Array((layer.length / LEAF) * HASH);
  const nodes = new Uint8Array(127 * HASH);
  for (let at = 0; at < layer.length; at += BLOCK) {
    blockNodes(layer.subarray(at, at + BLOCK), nodes);
    hashes.set(nodes.subarray(0, 64 * HASH), (at / LEAF) * HASH);
  }
  const levels: Uint8Array[] = [hashes];
  for (let top: Uint8Array = hashes; top.length > HASH; levels.push(top)) top = nodeLevel(top);
  return levels;
}
