import { isProvenderError } from '../../../src/content/provender-error.ts';

/** A whole number from 0 to `end`, excluded. */
export type Draw = (end: number) => number;

/** What a cluster in trouble may answer; anything else is a finding. */
const TROUBLE = ['PROVENDER_AMBIGUOUS', 'PROVENDER_UNAVAILABLE'];

/** Counts what became of operations. */
export class Outcomes {
  answered = 0;
  readonly failed = new Map<string, number>();

  /** One line for people. */
  toString(): string {
    const failures = [...this.failed.keys()]
      .toSorted()
      .map((what) => `${what} ${this.failed.get(what) ?? 0}`);
    return [`${this.answered} answered`, ...failures].join(', ');
  }
}

/**
 * Waits for an operation.
 *
 * @returns its result; `undefined` when the cluster gave none
 * @throws what is no trouble of the cluster
 */
export async function attempted<T>(
  outcomes: Outcomes,
  operation: string,
  call: Promise<T>,
): Promise<T | undefined> {
  try {
    const result = await call;
    outcomes.answered++;
    return result;
  } catch (error) {
    if (!isProvenderError(error) || !TROUBLE.includes(error.code)) throw error;
    const what = `${operation}: ${error.code}`;
    outcomes.failed.set(what, (outcomes.failed.get(what) ?? 0) + 1);
    return undefined;
  }
}
