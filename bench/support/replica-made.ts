import { BLOCK_SIZE, HASH_SIZE, LEAF_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import type { Challenge } from '../../src/proof/challenge.ts';
import { type ReplicaName, replicaId, type Statement } from '../../src/proof/commitment.ts';
import { blockNodes, blockRoots, encodePass, foldRoots, nodeLevel } from '../../src/proof/kernels.ts';
import type { NodePlace } from '../../src/proof/multiproof.ts';
import { frameProof } from '../../src/proof/proof-frame.ts';
import { planProof } from '../../src/proof/replica-proof.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { content } from './content.ts';

/** Levels of the tree inside a block. */
const BLOCK_LEVELS = 6;
const BLOCK_LEAVES = BLOCK_SIZE / LEAF_SIZE;

/** A layer and the roots of its blocks. */
interface MadeLayer {
  readonly bytes: Uint8Array;
  readonly roots: Uint8Array;
}

/** A file of one segment as a storer holds it, all layers in memory: what proofs are made of where no node is involved. */
export class MadeReplica {
  readonly statement: Statement;
  readonly #layers: readonly MadeLayer[];

  private constructor(statement: Statement, layers: readonly MadeLayer[]) {
    this.statement = statement;
    this.#layers = layers;
  }

  /** Encodes a file of `blocks` blocks, at most 32768. */
  static make(seed: number, { blocks, passes }: { blocks: number; passes: number }): MadeReplica {
    const layers = [layerOf(content(seed, blocks * BLOCK_SIZE))];
    const facts = {
      kind: OBJECT_KIND.file,
      sizeBytes: blocks * BLOCK_SIZE,
      count: 1,
      dataRoot: rootOf(layers[0]),
    };
    const name: ReplicaName = {
      profile: passes,
      networkId: new Uint8Array(HASH_SIZE),
      id: objectId(facts),
      storerKey: new Uint8Array(HASH_SIZE).fill(7),
      seed: new Uint8Array(HASH_SIZE),
      round: 0n,
      replicaIndex: 0,
    };
    const id = segmentId(replicaId(name), 0);
    for (let pass = 1; pass <= passes; pass++) {
      const bytes = layers.at(-1)?.bytes.slice() ?? new Uint8Array();
      encodePass(pass, [{ id, bytes }]);
      layers.push(layerOf(bytes));
    }
    return new MadeReplica({ ...name, ...facts, layerRoots: layers.slice(1).map(rootOf) }, layers);
  }

  /** Bytes of a ReplicaProof. */
  prove(challenge: Challenge): Uint8Array {
    const { bytes, openings } = frameProof(planProof(this.statement, challenge));
    for (const opening of openings) {
      const made = this.#layers[opening.layer];
      if (made === undefined) throw new Error(`no layer ${opening.layer}`);
      const nodeAt = nodesOf(made);
      for (const [i, leaf] of opening.leaves.entries())
        opening.putLeaf(i, made.bytes.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE));
      for (const [i, place] of opening.siblings.entries()) opening.putSibling(i, nodeAt(place));
    }
    return bytes;
  }
}

function layerOf(bytes: Uint8Array): MadeLayer {
  const roots = new Uint8Array((bytes.length / BLOCK_SIZE) * HASH_SIZE);
  blockRoots(bytes, roots);
  return { bytes, roots };
}

function rootOf(layer: MadeLayer | undefined): Uint8Array {
  return foldRoots(layer?.roots ?? new Uint8Array(HASH_SIZE));
}

/** Nodes of a layer: those inside blocks are hashed when they are needed, those above are folded from the block roots. */
function nodesOf({ bytes, roots }: MadeLayer): (place: NodePlace) => Uint8Array {
  const above = [roots];
  const inside = new Map<number, Uint8Array>();
  const insideOf = (block: number): Uint8Array => {
    const known = inside.get(block) ?? new Uint8Array((2 * BLOCK_LEAVES - 1) * HASH_SIZE);
    if (!inside.has(block)) blockNodes(bytes.subarray(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE), known);
    inside.set(block, known);
    return known;
  };
  return ({ level, index }) => {
    if (level < BLOCK_LEVELS) {
      const wide = BLOCK_LEAVES >> level;
      const first = 2 * BLOCK_LEAVES - 2 * wide;
      return nodeIn(insideOf(Math.floor(index / wide)), first + (index % wide));
    }
    const height = level - BLOCK_LEVELS;
    for (let top = above.length; top <= height; top++) above.push(nodeLevel(above[top - 1] ?? roots));
    return nodeIn(above[height] ?? roots, index);
  };
}

function nodeIn(nodes: Uint8Array, index: number): Uint8Array {
  return nodes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE);
}
