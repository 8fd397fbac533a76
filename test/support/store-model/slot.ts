import assert from 'node:assert/strict';

/** What stands under an id: the head in hex, or nothing. */
export type Standing = string | undefined;

/** A write as the store does it when it does it: from one standing to another. */
interface Transition {
  readonly from: Standing;
  readonly to: Standing;
}

/**
 * What may stand under one id, by what the store has told. After a write without an answer it is either what was or what would be, and may still change
 * from the one to the other, until a later write on the id has been answered.
 */
export class Slot {
  readonly name: string;
  #known: ReadonlySet<Standing> = new Set([undefined]);
  #pending: readonly Transition[] = [];
  #begun = 0;
  #ended = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Everything that may stand now. */
  get possible(): ReadonlySet<Standing> {
    const all = new Set(this.#known);
    for (let size = -1; size !== all.size; ) {
      size = all.size;
      for (const { from, to } of this.#pending) if (all.has(from)) all.add(to);
    }
    return all;
  }

  /** Changes with each write that begins. */
  get writes(): number {
    return this.#begun;
  }

  /** Whether this alone can stand; never while a write is under way. */
  isCertain(standing: Standing): boolean {
    return this.isDecided && this.possible.has(standing);
  }

  /** Whether only one thing can stand and no write is under way. */
  get isDecided(): boolean {
    return this.#begun === this.#ended && this.possible.size === 1;
  }

  /** A head that may stand, to guard a write with. */
  get someHead(): string | undefined {
    for (const standing of this.possible) if (standing !== undefined) return standing;
    return undefined;
  }

  /** A write goes out. */
  begin(): void {
    this.#begun++;
  }

  /** A read gave this. */
  seen(found: Standing): void {
    this.#assertPossible([found], 'a read gave');
    this.#known = new Set([found]);
  }

  /**
   * A write was answered.
   *
   * @param before - what can have stood before, judged by the answer
   */
  answered(before: readonly Standing[], after: Standing): void {
    this.#assertPossible(before, 'a write met');
    this.#known = new Set([after]);
    this.#pending = [];
    this.#ended++;
  }

  /** A guarded write was answered with "something else stands". */
  refused(guard: Standing): void {
    const left = [...this.possible].filter((standing) => standing !== guard);
    assert.notEqual(left.length, 0, `${this.name}: only ${shown(guard)} can stand, and a guard on it failed`);
    this.#known = new Set(left);
    this.#pending = [];
    this.#ended++;
  }

  /** A write had no answer. */
  unanswered(transition: Transition): void {
    this.#pending = [...this.#pending, transition];
    this.#ended++;
  }

  #assertPossible(found: readonly Standing[], what: string): void {
    const { possible } = this;
    if (found.some((standing) => possible.has(standing))) return;
    assert.fail(
      `${this.name}: ${what} ${found.map(shown).join(' or ')}, possible is ${[...possible].map(shown).join(' or ')}`,
    );
  }
}

function shown(standing: Standing): string {
  return standing === undefined
    ? 'nothing'
    : `a head with tag ${standing.slice(8, 24)} ending in ${standing.slice(-8)}`;
}
