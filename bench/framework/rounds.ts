/** Values of many cases, one per round: `series.get(name)` is what `toRow` and peers take. */
export class Rounds {
  readonly #values = new Map<string, number[]>();

  /** Keeps the value that `name` had in this round. */
  add(name: string, value: number): void {
    const values = this.#values.get(name) ?? [];
    values.push(value);
    this.#values.set(name, values);
  }

  /**
   * Values of a case in the order of the rounds.
   * @throws RangeError when it was never measured
   */
  get(name: string): readonly number[] {
    const values = this.#values.get(name);
    if (values === undefined) throw new RangeError(`"${name}" was not measured`);
    return values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Combines cases round by round, such as a limit that several measured parts give. */
  combine(names: readonly string[], combine: (...values: number[]) => number): readonly number[] {
    const columns = names.map((name) => this.get(name));
    return (columns[0] ?? []).map((_, round) =>
      combine(...columns.map((values) => values[round] ?? Number.NaN)),
    );
  }
}

/** `list` from its element `by` on, then those before it: so that each comes first in one round. */
export function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
