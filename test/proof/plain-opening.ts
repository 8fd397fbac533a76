import type { Multiproof } from '../../src/proof/multiproof.ts';
import { cut, sha256 } from './reference-tree.ts';

/** Opens leaves of a layer as section 8 of proof-of-replication.md says, plainly: every level is made, known nodes are walked upwards. */
export function openPlainly(layer: Uint8Array, indices: readonly number[]): Multiproof {
  const leaves = cut(layer, 64);
  let level = leaves.map((leaf) => sha256(Uint8Array.of(0), leaf));
  let known = new Set(indices);
  const siblings: Uint8Array[] = [];
  while (level.length > 1) {
    for (const index of [...known].toSorted((a, b) => a - b)) {
      const beside = level[index ^ 1];
      if (beside !== undefined && !known.has(index ^ 1)) siblings.push(beside);
    }
    known = new Set([...known].map((index) => index >>> 1));
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [left = layer, right] = level.slice(2 * i, 2 * i + 2);
      return right === undefined ? left : sha256(Uint8Array.of(1), left, right);
    });
  }
  return { indices, leaves: indices.map((index) => leaves[index] ?? layer), siblings };
}
