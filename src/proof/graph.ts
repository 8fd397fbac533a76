import { sha256 } from '@noble/hashes/sha2.js';
import { hashTag } from '../content/hash-tag.ts';

/** Parent blocks of each block. */
export const PARENTS = 6;
/** Blocks of a full segment, and of the graph. */
export const SEGMENT_BLOCKS = 2 ** 15;

/** The first blocks of the graph of one pass. The arrays are shared: nobody writes to them. */
export interface GraphTable {
  /** l, from 1. */
  readonly pass: number;
  /** Blocks that the arrays hold. */
  readonly blocks: number;
  /** P_0 … P_5 of each block; those of block 0 mean nothing. */
  readonly parents: Uint16Array;
  /** x_0 … x_5 of each block, 7 bits each. */
  readonly masks: Uint8Array;
}

/** Fills the edges of blocks from `first`, above 0, to the end of the arrays. */
export type GraphDrawer = (pass: number, first: number, parents: Uint16Array, masks: Uint8Array) => void;

const TAG = hashTag('graph');
const FEWEST = 64;
let drawer: GraphDrawer = drawGraph;
const tables = new Map<number, GraphTable>();

/**
 * The graph of pass `pass` for at least `blocks` blocks: DRSample (Alwen, Blocki, Harsha, CCS 2017) from a public seed, so that one table serves all
 * objects and storers. It is built as far as it is asked for and kept: 18 bytes a block, 590 KB for a full segment.
 *
 * @param pass - l, from 1
 * @param blocks - 1 to 32768
 * @see proof-of-replication.md, section 4
 */
export function graphTable(pass: number, blocks: number): GraphTable {
  const known = tables.get(pass) ?? { pass, blocks: 0, parents: new Uint16Array(), masks: new Uint8Array() };
  if (known.blocks >= blocks) return known;
  const table = grown(known, Math.min(SEGMENT_BLOCKS, Math.max(FEWEST, blocks, 2 * known.blocks)));
  tables.set(pass, table);
  return table;
}

/** Has tables drawn by a faster twin of `drawGraph` from now on: a full one costs 196,602 hashes, 0.4 s in TypeScript. */
export function drawGraphsBy(faster: GraphDrawer): void {
  drawer = faster;
}

function grown(known: GraphTable, blocks: number): GraphTable {
  const { pass } = known;
  const parents = new Uint16Array(PARENTS * blocks);
  const masks = new Uint8Array(PARENTS * blocks);
  parents.set(known.parents);
  masks.set(known.masks);
  drawer(pass, Math.max(1, known.blocks), parents, masks);
  return { pass, blocks, parents, masks };
}

/** Fills the edges of blocks from `first`, above 0, to the end of the arrays. @see proof-of-replication.md, section 4 */
export function drawGraph(pass: number, first: number, parents: Uint16Array, masks: Uint8Array): void {
  for (let block = first; block < masks.length / PARENTS; block++) {
    for (let k = 0; k < PARENTS; k++) {
      const { parent, mask } = drawEdge(pass, block, k);
      parents[PARENTS * block + k] = parent;
      masks[PARENTS * block + k] = mask;
    }
  }
}

/** Draws parent `k` of a block above 0. */
function drawEdge(pass: number, block: number, k: number): { parent: number; mask: number } {
  const preimage = new Uint8Array(TAG.length + 12);
  preimage.set(TAG);
  const numbers = new DataView(preimage.buffer, TAG.length);
  numbers.setUint32(0, pass);
  numbers.setUint32(4, block);
  numbers.setUint32(8, k);
  const draw = sha256(preimage);
  const drawn = new DataView(draw.buffer, draw.byteOffset);
  const bits = 32 - Math.clz32(block);
  const farthest = Math.min(block, 2 ** (1 + (drawn.getUint32(0) % bits)));
  const nearest = Math.min(farthest, Math.max(2, Math.floor(farthest / 2)));
  const distance = nearest + (drawn.getUint32(4) % (farthest - nearest + 1));
  return { parent: block - distance, mask: drawn.getUint8(8) & 0x7f };
}
