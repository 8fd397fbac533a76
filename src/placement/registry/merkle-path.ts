import { concatBytes } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../../content/geometry.ts';
import { sha256 } from '../../content/kernels.ts';
import { nodeLevel } from '../../proof/kernels.ts';
import { nodeHash } from '../../proof/merkle.ts';
import { siblingPlaces } from '../../proof/multiproof.ts';

/** Where a leaf lies in a tree, and what leads from it to the root. */
export interface TreePath {
  readonly index: number;
  readonly leafCount: number;
  /** Nodes beside the path from the leaf up, 32 bytes each; none where a last node is unpaired. */
  readonly path: readonly Uint8Array[];
}

const LEAF_PREFIX = Uint8Array.of(0x00);

/**
 * The levels of the tree of RFC 9162 over leaves of any length, from the leaf hashes to the root: n × 32 bytes each.
 * Without leaves there is one level: the hash of nothing.
 * @see RFC 9162, section 2.1.1
 */
export function treeLevels(leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length === 0) return [sha256()];
  let level: Uint8Array = new Uint8Array(leaves.length * HASH_SIZE);
  leaves.forEach((leaf, i) => {
    level.set(leafHash(leaf), i * HASH_SIZE);
  });
  const levels = [level];
  while (level.length > HASH_SIZE) levels.push((level = nodeLevel(level)));
  return levels;
}

/** The nodes beside the path of leaf `index`, from the leaf up. @param levels - as `treeLevels` gives them */
export function pathBeside(levels: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  const leafCount = (levels[0]?.length ?? 0) / HASH_SIZE;
  return siblingPlaces([index], leafCount).map(({ level, index: place }) =>
    (levels[level] ?? new Uint8Array()).slice(place * HASH_SIZE, (place + 1) * HASH_SIZE),
  );
}

/** The root that a leaf and its path lead to; `undefined` for a place outside the tree, or a path of another length. */
export function rootBesidePath(
  leaf: Uint8Array,
  { index, leafCount, path }: TreePath,
): Uint8Array | undefined {
  const isPlace = Number.isSafeInteger(index) && index >= 0 && index < leafCount && leafCount <= 2 ** 31;
  if (!isPlace || path.some((node) => node.length !== HASH_SIZE)) return undefined;
  const places = siblingPlaces([index], leafCount);
  if (places.length !== path.length) return undefined;
  return places.reduce((node, place, i) => {
    const other = path[i] ?? node;
    return nodeHash(place.index % 2 === 0 ? concatBytes(other, node) : concatBytes(node, other));
  }, leafHash(leaf));
}

/** @see RFC 9162, section 2.1.1 */
function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, leaf));
}
