import { BLOCK_SIZE } from '../../content/geometry.ts';
import type { Challenge } from '../../proof/challenge.ts';
import { replicaId, type Statement } from '../../proof/commitment.ts';
import { decodePass } from '../../proof/kernels.ts';
import { frameProof, type OpeningFrame } from '../../proof/proof-frame.ts';
import { planProof } from '../../proof/replica-proof.ts';
import { segmentId } from '../../proof/segments.ts';
import { BlockTree } from './block-tree.ts';

/** One block is opened at a time and nothing is awaited in between. */
const tree = new BlockTree();

/**
 * Makes a proof of a lone chunk from its one block.
 *
 * @param block - 4096 replica bytes; not changed
 * @returns the bytes of a ReplicaProof; `undefined` when a layer does not fit its root, so that the block is damaged
 * @throws ProvenderError `PROVENDER_INVALID` for a challenge that does not exist for a chunk of this profile
 */
export function proveChunk(
  statement: Statement,
  block: Uint8Array,
  challenge: Challenge,
): Uint8Array | undefined {
  const plan = planProof(statement, challenge);
  if (block.length !== BLOCK_SIZE) return undefined;
  const { bytes, replica, openings } = frameProof(plan);
  if (openings.length === 0) {
    if (!isLayer(statement, plan.passes, block)) return undefined;
    replica.set(block);
  }
  let layer = block;
  for (const opening of openings) {
    if (opening.layer < plan.passes) layer = decoded(statement, opening.layer + 1, layer);
    if (!isLayer(statement, opening.layer, layer)) return undefined;
    fill(opening);
  }
  return bytes;
}

/** Loads a layer and compares its root with that of the statement. */
function isLayer({ dataRoot, layerRoots }: Statement, layer: number, block: Uint8Array): boolean {
  const root = layer === 0 ? dataRoot : layerRoots[layer - 1];
  return root !== undefined && Buffer.compare(tree.load(block), root) === 0;
}

/** Fills an opening from the block that is loaded. */
function fill(opening: OpeningFrame): void {
  for (const [i, leaf] of opening.leaves.entries()) opening.putLeaf(i, tree.leaf(leaf));
  for (const [i, place] of opening.siblings.entries()) opening.putSibling(i, tree.node(place));
}

/** The layer below. */
function decoded(statement: Statement, pass: number, layer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(layer); // slice() of a Buffer would not copy
  decodePass(pass, [{ id: segmentId(replicaId(statement), 0), bytes }]);
  return bytes;
}
