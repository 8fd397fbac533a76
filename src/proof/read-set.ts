import { ascending } from '../content/ascending.ts';
import { graphTable, PARENTS, SEGMENT_BLOCKS } from './graph.ts';
import { BLOCK_WORDS } from './pass.ts';

/** What a block of layer l - 1 is decoded from, beside the block of layer l itself. Numbers are natural ones inside the segment. */
export interface Neighbours {
  /** v: the number of the block in the order of the pass. */
  readonly place: number;
  /** Where the label before the block's first one lies; absent for the first block of the pass. */
  readonly before?: { readonly block: number; readonly word: number };
  /** The six parent blocks, equal ones included; none for the first block of the pass. */
  readonly parents: readonly number[];
}

/**
 * Finds what decoding a block looks at.
 *
 * @param pass - l, from 1
 * @param blocks - of the segment, 1 to 32768
 * @param block - its natural number in the segment
 * @see proof-of-replication.md, sections 4 and 5
 */
export function neighbours(pass: number, blocks: number, block: number): Neighbours {
  const isForward = pass % 2 === 1;
  const mirrored = (number: number): number => (isForward ? number : blocks - 1 - number);
  const place = mirrored(block);
  if (place === 0) return { place, parents: [] };
  const { parents } = graphTable(pass, blocks);
  // backward, the word before the first one is the first of the next block in natural order
  const before = isForward ? { block: block - 1, word: BLOCK_WORDS - 1 } : { block: block + 1, word: 0 };
  const edges = parents.subarray(PARENTS * place, PARENTS * (place + 1));
  return { place, before, parents: Array.from(edges, mirrored) };
}

/** Layers between which read sets are looked for. */
export interface LayerSpan {
  /** The layer of the wanted blocks. */
  readonly from: number;
  /** L: the layer that is stored. */
  readonly passes: number;
  /** Of the object. */
  readonly blocks: number;
}

/**
 * Finds which blocks of each layer have to be read or decoded to give some blocks of a lower one.
 *
 * @param wanted - natural numbers of blocks of the object, in any order
 * @returns for each layer from `from` up to L the blocks of the object, ascending: first those that are wanted, then what decodes the ones before
 * @see proof-of-replication.md, section 5, "Read sets"
 */
export function layerNeeds(
  { from, passes, blocks }: LayerSpan,
  wanted: Iterable<number>,
): readonly (readonly number[])[] {
  let needed = ascending(wanted);
  const layers = [needed];
  for (let pass = from + 1; pass <= passes; pass++) {
    const above = new Set<number>(needed);
    for (const block of needed) {
      const start = block - (block % SEGMENT_BLOCKS);
      const { before, parents } = neighbours(pass, Math.min(SEGMENT_BLOCKS, blocks - start), block - start);
      for (const parent of parents) above.add(start + parent);
      if (before !== undefined) above.add(start + before.block);
    }
    needed = ascending(above);
    layers.push(needed);
  }
  return layers;
}
