import {
  BLOCK_SIZE,
  blockCount,
  blocksInStripe,
  HASH_SIZE,
  STRIPE_BLOCKS,
  stripeCount,
} from '../../content/geometry.ts';
import type { NodePlace } from '../../proof/multiproof.ts';
import type { OpeningFrame, ProofFrame } from '../../proof/proof-frame.ts';
import { throwIfAborted } from '../abort.ts';
import { BLOCK_LEAVES, BLOCK_LEVELS, BlockTree } from './block-tree.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import { inLanes } from '../memory/in-lanes.ts';
import type { LayerReader } from '../reading/layer-reader.ts';
import { nodeIn } from '../reading/node-tree.ts';

/** Levels of the tree of a stripe over its block roots. */
const STRIPE_LEVELS = Math.log2(STRIPE_BLOCKS);
/** The level of stripe roots. */
const STRIPE_ROOTS_LEVEL = BLOCK_LEVELS + STRIPE_LEVELS;
/** Blocks that are opened together: 256 KiB. */
const BATCH_BLOCKS = 64;
/** Columns that are read and folded at the same time: 64 KiB each with the levels above. */
const COLUMNS_AT_ONCE = 8;

/** Bytes of blocks and columns that making a proof holds, besides the proof. */
export const PROVING_BYTES = BATCH_BLOCKS * BLOCK_SIZE + COLUMNS_AT_ONCE * 2 * STRIPE_BLOCKS * HASH_SIZE;

/** What proofs of striped objects are filled from. */
export interface FillParts {
  readonly layers: LayerReader;
  readonly signal: AbortSignal;
}

/** What comes out of one block or stripe, as numbers in the lists of an opening. */
interface Portion {
  readonly leaves: number[];
  readonly siblings: number[];
}

/**
 * Fills a proof of a file or collection from challenged blocks and stored tree levels, never from the whole object; but for the proof that is the
 * whole replica, which only small objects have.
 *
 * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object was removed meanwhile, `PROVENDER_CORRUPT`; the reason of an abort
 */
export async function fillProof(object: HeldObject, frame: ProofFrame, parts: FillParts): Promise<void> {
  const { replica, openings } = frame;
  if (openings.length === 0) {
    const { passes } = stripedObject(object);
    const numbers = Array.from({ length: replica.length / BLOCK_SIZE }, (_, block) => block);
    const blocks = await parts.layers.blocks(object, passes, numbers);
    for (const [block, bytes] of blocks) replica.set(bytes, block * BLOCK_SIZE);
  }
  for (const opening of openings) {
    await fillFromStripeRoots(object, opening, parts);
    await fillFromColumns(object, opening, parts);
    await fillFromBlocks(object, opening, parts);
  }
}

/** The nodes above the stripes. */
async function fillFromStripeRoots(
  object: HeldObject,
  opening: OpeningFrame,
  { layers }: FillParts,
): Promise<void> {
  const numbers = siblingsBetween(opening, STRIPE_ROOTS_LEVEL, Infinity);
  if (numbers.length === 0) return;
  const width = stripeCount(blockCount(object.head.statement.sizeBytes));
  const tree = await layers.stripeTree(object, opening.layer);
  for (const i of numbers) {
    const { level, index } = placeOf(opening, i);
    opening.putSibling(i, nodeIn(tree, width, { level: level - STRIPE_ROOTS_LEVEL, index }));
  }
}

/** The nodes from block roots up to below the stripe roots. */
async function fillFromColumns(object: HeldObject, opening: OpeningFrame, parts: FillParts): Promise<void> {
  const stripes = new Map<number, Portion>();
  for (const i of siblingsBetween(opening, BLOCK_LEVELS, STRIPE_ROOTS_LEVEL)) {
    const { level, index } = placeOf(opening, i);
    portionOf(stripes, index >> (STRIPE_ROOTS_LEVEL - level)).siblings.push(i);
  }
  await inLanes(stripes, COLUMNS_AT_ONCE, async ([stripe, { siblings }]) => {
    throwIfAborted(parts.signal);
    const tree = await parts.layers.columnTree(object, stripe, opening.layer);
    const width = blocksInStripe(blockCount(object.head.statement.sizeBytes), stripe);
    for (const i of siblings) {
      const { level, index } = placeOf(opening, i);
      const inside = index - (stripe << (STRIPE_ROOTS_LEVEL - level));
      opening.putSibling(i, nodeIn(tree, width, { level: level - BLOCK_LEVELS, index: inside }));
    }
  });
}

/** Leaves, and the nodes inside their blocks. */
async function fillFromBlocks(object: HeldObject, opening: OpeningFrame, parts: FillParts): Promise<void> {
  const blocks = new Map<number, Portion>();
  for (const [i, leaf] of opening.leaves.entries())
    portionOf(blocks, Math.floor(leaf / BLOCK_LEAVES)).leaves.push(i);
  for (const i of siblingsBetween(opening, 0, BLOCK_LEVELS)) {
    const { level, index } = placeOf(opening, i);
    portionOf(blocks, index >> (BLOCK_LEVELS - level)).siblings.push(i);
  }
  const tree = new BlockTree();
  const numbers = [...blocks.keys()];
  for (let at = 0; at < numbers.length; at += BATCH_BLOCKS) {
    throwIfAborted(parts.signal);
    const some = numbers.slice(at, at + BATCH_BLOCKS);
    for (const [block, bytes] of await parts.layers.blocks(object, opening.layer, some)) {
      const { leaves, siblings } = portionOf(blocks, block);
      tree.load(bytes);
      for (const i of leaves) opening.putLeaf(i, tree.leaf(opening.leaves[i] ?? 0));
      for (const i of siblings) opening.putSibling(i, tree.node(placeOf(opening, i)));
    }
  }
}

/** Numbers of the siblings on levels `from` to `to` (excluded), in the order of the proof. */
function siblingsBetween({ siblings }: OpeningFrame, from: number, to: number): readonly number[] {
  const numbers: number[] = [];
  for (const [i, { level }] of siblings.entries()) if (level >= from && level < to) numbers.push(i);
  return numbers;
}

const NOWHERE: NodePlace = { level: 0, index: 0 };

function placeOf({ siblings }: OpeningFrame, i: number): NodePlace {
  return siblings[i] ?? NOWHERE;
}

function portionOf(portions: Map<number, Portion>, number: number): Portion {
  const known = portions.get(number);
  if (known !== undefined) return known;
  const portion: Portion = { leaves: [], siblings: [] };
  portions.set(number, portion);
  return portion;
}
