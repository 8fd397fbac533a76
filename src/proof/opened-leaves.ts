import { ascending } from '../content/ascending.ts';
import { LEAF_SIZE, BLOCK_SIZE } from '../content/geometry.ts';
import { graphTable, PARENTS, SEGMENT_BLOCKS } from './graph.ts';

const BLOCK_LEAVES = BLOCK_SIZE / LEAF_SIZE;
/** Leaves of a full segment: 2^21. */
const SEGMENT_LEAVES = SEGMENT_BLOCKS * BLOCK_LEAVES;

/** Leaves of a layer of `blocks` blocks. */
export function leafCount(blocks: number): number {
  return blocks * BLOCK_LEAVES;
}

/** Where a leaf lies: number of its segment, leaf in the segment, blocks of the segment. */
export function leafPlace(leaf: number, blocks: number): { segment: number; leaf: number; blocks: number } {
  const segment = Math.floor(leaf / SEGMENT_LEAVES);
  return {
    segment,
    leaf: leaf % SEGMENT_LEAVES,
    blocks: Math.min(SEGMENT_BLOCKS, blocks - segment * SEGMENT_BLOCKS),
  };
}

/**
 * S_l: the leaves of layer `pass` that have to be opened so that the challenged ones can be decoded one layer down, ascending.
 *
 * @param pass - l, from 1
 * @param blocks - of the object
 * @see proof-of-replication.md, section 8, "Opened sets"
 */
export function openedLeaves(pass: number, blocks: number, challenged: Iterable<number>): readonly number[] {
  const opened = new Set<number>();
  for (const leaf of challenged) for (const one of relation(pass, blocks, leaf)) opened.add(one);
  return ascending(opened);
}

function relation(pass: number, blocks: number, challenged: number): number[] {
  const place = leafPlace(challenged, blocks);
  const last = leafCount(place.blocks) - 1;
  // Places of pass order and of natural order are each other's mirror, or the same.
  const mirrored = (leaf: number): number => (pass % 2 === 1 ? leaf : last - leaf);
  const own = mirrored(place.leaf);
  const wanted = own === 0 ? [own] : [own, own - 1];
  const block = Math.floor(own / BLOCK_LEAVES);
  const { parents, masks } = graphTable(pass, place.blocks);
  for (let edge = PARENTS * block; block > 0 && edge < PARENTS * (block + 1); edge++) {
    // The lowest bit of a mask swaps the two words of a leaf, the others choose the leaf.
    wanted.push(BLOCK_LEAVES * (parents[edge] ?? 0) + ((own % BLOCK_LEAVES) ^ ((masks[edge] ?? 0) >> 1)));
  }
  return wanted.map((leaf) => mirrored(leaf) + place.segment * SEGMENT_LEAVES);
}
