import { type Judgement, type Peer, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';

/** Batched against one call per chunk; batched against files; SetFile and GetFile against the bound; stripes against bare objects. */
export const GOAL = { batch: 10, bytes: 0.5, bound: 0.85, stripes: 0.9 } as const;

/** Which way the bytes of a file go: what they cost on the wire differs. */
export type Direction = 'upload' | 'download';

/** Makes rows of the cases of one run. */
export class RowMaker {
  readonly #rounds: Rounds;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  /** Values of a case, one per round. */
  values(name: string): readonly number[] {
    return this.#rounds.get(name);
  }

  row(name: string, unit: string, judgement?: Judgement): Row {
    return toRow({ case: name, unit, values: this.values(name) }, judgement);
  }

  peer(name: string): Peer {
    return { what: name, values: this.values(name) };
  }

  /** Combines cases round by round. */
  combined(what: string, names: readonly string[], combine: (...values: number[]) => number): Peer {
    return { what, values: this.#rounds.combine(names, combine) };
  }

  /** Sum of cases round by round. */
  sum(what: string, names: readonly string[]): Peer {
    return this.combined(what, names, (...values) => values.reduce((a, b) => a + b, 0));
  }
}
