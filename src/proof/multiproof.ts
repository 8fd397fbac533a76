import { HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';
import { leafHash, nodeHash } from './merkle.ts';

/** Leaves of a tree and the nodes beside their paths. @see proof-of-replication.md, section 8 */
export interface Multiproof {
  /** Strictly ascending. */
  readonly indices: readonly number[];
  /** 64 bytes each. */
  readonly leaves: readonly Uint8Array[];
  /** 32 bytes each: level by level from the leaves up, left to right, only those that cannot be computed. */
  readonly siblings: readonly Uint8Array[];
}

/** A level of a tree as far as it is known. */
type Level = ReadonlyMap<number, Uint8Array>;
/** Gives the next node that cannot be computed: the one with `index` on level `level`; `undefined` ends the climb. */
type Sibling = (level: number, index: number) => Uint8Array | undefined;

/** A node of a tree: `index` counts from the left on level `level`, leaf hashes being level 0. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/**
 * The nodes beside the paths of leaves, in the order in which a proof lists them. Costs no hash, so whoever has the nodes makes a proof without
 * the layer.
 *
 * @param indices - strictly ascending, at least one
 * @param leaves - of the whole tree
 */
export function siblingPlaces(indices: readonly number[], leaves: number): readonly NodePlace[] {
  const places: NodePlace[] = [];
  let known = indices;
  for (let level = 0, width = leaves; width > 1; level++, width = Math.ceil(width / 2)) {
    const above: number[] = [];
    for (let i = 0; i < known.length; i++) {
      const index = known[i] ?? 0;
      const partner = index ^ 1;
      if (known[i + 1] === partner) i++;
      else if (partner < width) places.push({ level, index: partner });
      above.push(index >>> 1);
    }
    known = above;
  }
  return places;
}

/** The root that a multiproof leads to; `undefined` when it has too few siblings or too many. @param leaves - of the whole tree */
export function multiproofRoot(proof: Multiproof, leaves: number): Uint8Array | undefined {
  let used = 0;
  const root = climb(levelOf(proof.indices, proof.leaves), leaves, () => proof.siblings[used++]);
  return used === proof.siblings.length ? root : undefined;
}

/** Siblings that a proof of these leaves, strictly ascending, has. Costs no hash. */
export function siblingCount(indices: readonly number[], leaves: number): number {
  return siblingPlaces(indices, leaves).length;
}

function levelOf(indices: readonly number[], leaves: readonly Uint8Array[]): Level {
  return new Map(indices.map((index, i) => [index, leafHash(leaves[i] ?? new Uint8Array(LEAF_SIZE))]));
}

/** Climbs from known nodes to the root; an unpaired last node goes up unchanged. */
function climb(leaves: Level, count: number, sibling: Sibling): Uint8Array | undefined {
  let known = leaves;
  for (let level = 0, width = count; width > 1; level++, width = Math.ceil(width / 2)) {
    const above = new Map<number, Uint8Array>();
    for (const [index, node] of known) {
      const partner = index ^ 1;
      const beside = known.get(partner);
      if (beside !== undefined && partner < index) continue; // handled at its smaller member
      const other = partner >= width ? undefined : (beside ?? sibling(level, partner));
      if (other === undefined && partner < width) return undefined;
      above.set(index >>> 1, other === undefined ? node : pair(node, other, index % 2 === 0));
    }
    known = above;
  }
  return known.get(0);
}

function pair(node: Uint8Array, other: Uint8Array, isLeft: boolean): Uint8Array {
  const both = new Uint8Array(2 * HASH_SIZE);
  both.set(node, isLeft ? 0 : HASH_SIZE);
  both.set(other, isLeft ? HASH_SIZE : 0);
  return nodeHash(both);
}
