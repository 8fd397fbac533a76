import { sha256 } from '@noble/hashes/sha2.js';
import { BLOCK_SIZE } from '../content/geometry.ts';
import { hashTag } from '../content/hash-tag.ts';
import { type GraphTable, PARENTS } from './graph.ts';

/** Bytes of a word, and of its label. */
export const WORD_SIZE = 32;
/** Words of a block. */
export const BLOCK_WORDS = BLOCK_SIZE / WORD_SIZE;

/** What follows the 64 constant bytes of a preimage: v, t, prev, par_0 … par_5. */
const AT = { block: 0, word: 4, prev: 8, parents: 40, end: 40 + PARENTS * WORD_SIZE };
const NO_LABEL = new Uint8Array(WORD_SIZE);

/** Gives the 32 bytes of a label by its place in pass order; the callee only looks at them. */
export type LabelAt = (place: number) => Uint8Array;

/**
 * One pass over one segment: which label depends on which, and how. Places are those of pass order: a pass with an odd number runs forward, one with
 * an even number backward.
 *
 * @see proof-of-replication.md, section 5
 */
export class Pass {
  /** Words of the segment. */
  readonly words: number;
  readonly #isForward: boolean;
  readonly #graph: GraphTable;
  /** The hash after its first 64 bytes, tag and segId, which are the same for all words. */
  readonly #begun: ReturnType<typeof sha256.create>;
  readonly #rest = new Uint8Array(AT.end);
  readonly #numbers = new DataView(this.#rest.buffer);

  /**
   * @param graph - of the pass, with at least `blocks` blocks
   * @param segmentId - segId_s, 32 bytes
   * @param blocks - of the segment, 1 to 32768
   */
  constructor(graph: GraphTable, segmentId: Uint8Array, blocks: number) {
    this.words = blocks * BLOCK_WORDS;
    this.#isForward = graph.pass % 2 === 1;
    this.#graph = graph;
    this.#begun = sha256
      .create()
      .update(hashTag(`label${graph.pass}`))
      .update(segmentId);
  }

  /** Where the word of a place lies in natural order: π_l. It is its own inverse. */
  natural(place: number): number {
    return this.#isForward ? place : this.words - 1 - place;
  }

  /** What a word is XORed with: 32 bytes of the caller's own. `labelAt` is asked for the label before it and those of its parents. */
  pad(place: number, labelAt: LabelAt): Uint8Array {
    const block = Math.floor(place / BLOCK_WORDS);
    const word = place % BLOCK_WORDS;
    this.#numbers.setUint32(AT.block, block);
    this.#numbers.setUint32(AT.word, word);
    this.#rest.set(place === 0 ? NO_LABEL : labelAt(place - 1), AT.prev);
    for (let k = 0; k < PARENTS; k++) {
      const label = block === 0 ? NO_LABEL : labelAt(this.parent(block, k, word));
      this.#rest.set(label, AT.parents + k * WORD_SIZE);
    }
    return this.#begun.clone().update(this.#rest).digest();
  }

  /** Place of parent `k` of word `word` of a block above 0. */
  parent(block: number, k: number, word: number): number {
    const { parents, masks } = this.#graph;
    const edge = PARENTS * block + k;
    return BLOCK_WORDS * (parents[edge] ?? 0) + (word ^ (masks[edge] ?? 0));
  }
}
