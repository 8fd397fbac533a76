import { graphTable, PARENTS } from './graph.ts';
import { BLOCK_WORDS } from './pass.ts';
import { segmentsOf } from './segments.ts';

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

/**
 * Finds which blocks of each layer have to be read or decoded to give some blocks of content.
 *
 * @param passes - L
 * @param blocks - of the object
 * @param wanted - natural numbers of blocks of the object, in any order
 * @returns for each layer 0 to L, by its number, the blocks of the object, ascending: those of layer 0 are `wanted`, those of layer l are what decodes
 * those of layer l - 1
 * @see proof-of-replication.md, section 5, "Read sets"
 */
export function layerNeeds(
  passes: number,
  blocks: number,
  wanted: readonly number[],
): readonly (readonly number[])[] {
  const segments = segmentsOf(blocks);
  const [{ blocks: full } = { blocks }] = segments;
  let needed: ReadonlySet<number> = new Set(wanted);
  const layers = [ascending(needed)];
  for (let pass = 1; pass <= passes; pass++) {
    const above = new Set<number>();
    for (const block of needed) {
      const number = Math.floor(block / full);
      const start = number * full;
      const { before, parents } = neighbours(pass, segments[number]?.blocks ?? blocks, block - start);
      for (const one of [block - start, ...parents]) above.add(start + one);
      if (before !== undefined) above.add(start + before.block);
    }
    needed = above;
    layers.push(ascending(needed));
  }
  return layers;
}

function ascending(numbers: ReadonlySet<number>): readonly number[] {
  return [...numbers].sort((a, b) => a - b);
}
