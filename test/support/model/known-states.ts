/** States in one piece of the list. */
const PIECE = 2 ** 20;
const FIRST_TABLE = 2 ** 16;

/** Bits of a fact of a state, from its place on; `times` facts of the same kind follow one another. */
export interface Width {
  readonly at: number;
  readonly bits: number;
  readonly times: number;
}

/** A state of a model: one byte for each fact. */
export type ModelState = Uint8Array;

/** Where a fact lies in the words of a packed state. */
interface Place {
  readonly at: number;
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
}

function placesOf(widths: readonly Width[]): { places: readonly Place[]; words: number; size: number } {
  const places: Place[] = [];
  const used: number[] = [];
  const facts = widths
    .flatMap(({ at, bits, times }) => Array.from({ length: times }, (_, i) => ({ at: at + i, bits })))
    .toSorted((a, b) => b.bits - a.bits);
  for (const { at, bits } of facts) {
    const found = used.findIndex((taken) => taken + bits <= 32);
    const word = found === -1 ? used.length : found;
    const shift = used[word] ?? 0;
    used[word] = shift + bits;
    places.push({ at, word, shift, mask: 2 ** bits - 1 });
  }
  return { places, words: used.length, size: Math.max(...facts.map(({ at }) => at)) + 1 };
}

/** All states that were reached, in the order in which they were, without doubles: the queue of a walk breadth first. */
export class KnownStates {
  readonly #pieces: Uint32Array[] = [];
  /** From which state each was reached. */
  readonly #parents: Uint32Array[] = [];
  /** 1 + index of a state, found by its hash; 0: free. */
  #table = new Uint32Array(FIRST_TABLE);
  readonly #places: readonly Place[];
  /** Bytes of a state, and words of a packed one. */
  readonly #size: number;
  readonly #words: number;
  readonly #packed: Uint32Array;
  size = 0;

  constructor(widths: readonly Width[]) {
    const { places, words, size } = placesOf(widths);
    this.#places = places;
    this.#words = words;
    this.#size = size;
    this.#packed = new Uint32Array(words);
  }

  /** Adds a state unless it is known. */
  add(state: ModelState, parent: number): void {
    const words = this.#packed;
    words.fill(0);
    for (const { at, word, shift, mask } of this.#places) {
      const value = state[at] ?? 0;
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
  at(index: number): ModelState {
    const piece = this.#pieces[Math.floor(index / PIECE)];
    const base = (index % PIECE) * this.#words;
    const state = new Uint8Array(this.#size);
    for (const { at, word, shift, mask } of this.#places)
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
      this.#pieces.push(new Uint32Array(PIECE * this.#words));
      this.#parents.push(new Uint32Array(PIECE));
    }
    this.#pieces[piece]?.set(words, (this.size % PIECE) * this.#words);
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
    const base = (index % PIECE) * this.#words;
    if (piece === undefined) return false;
    for (let word = 0; word < this.#words; word++) if (piece[base + word] !== words[word]) return false;
    return true;
  }

  #grow(): void {
    this.#table = new Uint32Array(this.#table.length * 2);
    const words = new Uint32Array(this.#words);
    for (let index = 0; index < this.size; index++) {
      const piece = this.#pieces[Math.floor(index / PIECE)];
      const base = (index % PIECE) * this.#words;
      for (let word = 0; word < this.#words; word++) words[word] = piece?.[base + word] ?? 0;
      this.#table[this.#find(words)] = index + 1;
    }
  }
}

function hashOf(words: Uint32Array): number {
  let hash = 0x9e3779b9;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
