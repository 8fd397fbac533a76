import { BLOCK_SIZE } from '../content/geometry.ts';
import { graphTable } from './graph.ts';
import { BLOCK_WORDS, type LabelAt, Pass, WORD_SIZE } from './pass.ts';
import { applyPad } from './replica.ts';

/** Arrays that a block is decoded from: itself, the label before it, its six parents. */
export const APART_INPUTS = 8;
const NOTHING = new Uint8Array(BLOCK_SIZE);

/** Which block of which pass: `place` is its number in the order of the pass. */
interface LoneBlock {
  readonly pass: number;
  readonly place: number;
  readonly id: Uint8Array;
}

/**
 * Undoes one pass for a block whose segment is not there.
 *
 * @param inputs - of layer l: the block, the label before it, its six parents
 * @param out - 4096 bytes elsewhere
 */
export function decodeAlone(block: LoneBlock, inputs: readonly Uint8Array[], out: Uint8Array): void {
  const { pass, place, id } = block;
  const walk = new Pass(graphTable(pass, place + 1), id, place + 1);
  const [own = NOTHING, before = NOTHING, ...parents] = inputs;
  const first = BLOCK_WORDS * place;
  const known = new Map([[place, own]]);
  parents.forEach((bytes, k) => known.set(Math.floor(walk.parent(place, k, 0) / BLOCK_WORDS), bytes));
  const labelAt: LabelAt = (at) => {
    const bytes = known.get(Math.floor(at / BLOCK_WORDS));
    return bytes === undefined ? before : wordOf(bytes, pass, at % BLOCK_WORDS);
  };
  out.set(own);
  for (let word = 0; word < BLOCK_WORDS; word++)
    applyPad(wordOf(out, pass, word), walk.pad(first + word, labelAt));
}

/** Word of a block by its number in the order of the pass. */
function wordOf(block: Uint8Array, pass: number, word: number): Uint8Array {
  const at = WORD_SIZE * (pass % 2 === 1 ? word : BLOCK_WORDS - 1 - word);
  return block.subarray(at, at + WORD_SIZE);
}
