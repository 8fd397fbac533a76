import { AT, get, SESSIONS, type State } from './state.ts';

/** Words of 32 bits that a packed state has. */
const WORDS = 4;
/** States in one piece of the list. */
const PIECE = 2 ** 20;
const FIRST_TABLE = 2 ** 16;

/** Bits of each fact, from its place on; `times` facts of the same kind follow one another. */
const WIDTHS: readonly { readonly at: number; readonly bits: number; readonly times: number }[] = [
  { at: AT.head, bits: 2, times: 1 },
  { at: AT.rows, bits: 2, times: 1 },
  { at: AT.data, bits: 2, times: 1 },
  { at: AT.mark, bits: 2, times: 1 },
  { at: AT.published, bits: 2, times: 1 },
  { at: AT.removed, bits: 2, times: 1 },
  { at: AT.late, bits: 2, times: 1 },
  { at: AT.held, bits: 2, times: 1 },
  { at: AT.broken, bits: 2, times: 1 },
  { at: AT.record, bits: 3, times: SESSIONS },
  { at: AT.fence, bits: 2, times: SESSIONS },
  { at: AT.step, bits: 4, times: 3 },
  { at: AT.step + 3, bits: 5, times: 2 },
  { at: AT.catalogOp, bits: 3, times: SESSIONS },
  { at: AT.dataOp, bits: 2, times: SESSIONS },
  { at: AT.seenByWriter, bits: 2, times: 2 },
  { at: AT.target, bits: 3, times: 2 },
  { at: AT.closer, bits: 3, times: 2 },
  { at: AT.fenced, bits: 5, times: 2 },
  { at: AT.reader, bits: 2, times: 2 },
  { at: AT.refused, bits: 5, times: 1 },
];

/** Where each fact lies in the words. */
const PLACES = places();

function places(): readonly { at: number; word: number; shift: number; mask: number }[] {
  const found: { at: number; word: number; shift: number; mask: number }[] = [];
  const used = new Array<number>(WORDS).fill(0);
  const facts = WIDTHS.flatMap(({ at, bits, times }) =>
    Array.from({ length: times }, (_, i) => ({ at: at + i, bits })),
  ).toSorted((a, b) => b.bits - a.bits);
  for (const { at, bits } of facts) {
    const word = used.findIndex((taken) => taken + bits <= 32);
    if (word === -1) throw new Error('a state of the model does not fit into its words');
    const shift = used[word] ?? 0;
    used[word] = shift + bits;
    found.push({ at, word, shift, mask: 2 ** bits - 1 });
  }
  return found;
}

/** All states that were reached, in the order in which they were, without doubles: the queue of a walk breadth first. */
export class KnownStates {
  readonly #pieces: Uint32Array[] = [];
  /** From which state each was reached. */
  readonly #parents: Uint32Array[] = [];
  /** 1 + index of a state, found by its hash; 0: free. */
  #table = new Uint32Array(FIRST_TABLE);
  readonly #words = new Uint32Array(WORDS);
  size = 0;

  /** Adds a state unless it is known. */
  add(state: State, parent: number): void {
    const words = this.#words;
    words.fill(0);
    for (const { at, word, shift, mask } of PLACES) {
      const value = get(state, at);
      if (value > mask) throw new Error(`fact ${at} of the model has value ${value}`);
      words[word] = (words[word] ?? 0) | (value << shift);
    }
    const slot = this.#find(words);
    if (this.#table[slot] !== 0) return;
    this.#append(words, parent);
    this.#table[slot] = this.size;
    if (this.size * 2 > this.#table.length) this.#grow();
  }

  /** The state at a place of the queue. */
  at(index: number): State {
    const piece = this.#pieces[Math.floor(index / PIECE)];
    const base = (index % PIECE) * WORDS;
    const state = new Uint8Array(AT.size);
    for (const { at, word, shift, mask } of PLACES)
      state[at] = ((piece?.[base + word] ?? 0) >>> shift) & mask;
    return state;
  }

  /** From where the state at a place was reached first. */
  parent(index: number): number {
    return this.#parents[Math.floor(index / PIECE)]?.[index % PIECE] ?? 0;
  }

  #append(words: Uint32Array, parent: number): void {
    const piece = Math.floor(this.size / PIECE);
    if (this.#pieces.length === piece) {
      this.#pieces.push(new Uint32Array(PIECE * WORDS));
      this.#parents.push(new Uint32Array(PIECE));
    }
    this.#pieces[piece]?.set(words, (this.size % PIECE) * WORDS);
    const parents = this.#parents[piece];
    if (parents !== undefined) parents[this.size % PIECE] = parent;
    this.size++;
  }

  /** Slot of a state, or the free one where it belongs. */
  #find(words: Uint32Array): number {
    const last = this.#table.length - 1;
    let slot = hashOf(words) & last;
    for (;;) {
      const found = this.#table[slot] ?? 0;
      if (found === 0 || this.#isAt(found - 1, words)) return slot;
      slot = (slot + 1) & last;
    }
  }

  #isAt(index: number, words: Uint32Array): boolean {
    const piece = this.#pieces[Math.floor(index / PIECE)];
    const base = (index % PIECE) * WORDS;
    if (piece === undefined) return false;
    for (let word = 0; word < WORDS; word++) if (piece[base + word] !== words[word]) return false;
    return true;
  }

  #grow(): void {
    this.#table = new Uint32Array(this.#table.length * 2);
    const words = new Uint32Array(WORDS);
    for (let index = 0; index < this.size; index++) {
      const piece = this.#pieces[Math.floor(index / PIECE)];
      const base = (index % PIECE) * WORDS;
      for (let word = 0; word < WORDS; word++) words[word] = piece?.[base + word] ?? 0;
      this.#table[this.#find(words)] = index + 1;
    }
  }
}

function hashOf(words: Uint32Array): number {
  let hash = 0x9e3779b9;
  for (let word = 0; word < WORDS; word++) {
    hash = Math.imul(hash ^ (words[word] ?? 0), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
