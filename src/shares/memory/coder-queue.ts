import type { DecodeRun, EncodeRun, ReplicaCoder } from '../../proof/replica-coder.ts';
import { ByteBudget } from './byte-budget.ts';

/** Runs that the coder has at a time: enough for any number of cores, few enough for its queue. */
const RUNS_AT_ONCE = 64;

/**
 * Hands runs to a coder in order, a bounded number at a time. Hundreds of small shares that come together would else meet its full queue and
 * fail with `PROVENDER_BUSY`, though their memory was granted long before.
 */
export class CoderQueue implements ReplicaCoder {
  readonly #coder: ReplicaCoder;
  readonly #places = new ByteBudget('the coder queue', RUNS_AT_ONCE);

  constructor(coder: ReplicaCoder) {
    this.#coder = coder;
  }

  encode(run: EncodeRun): Promise<void> {
    return this.#places.during(1, () => this.#coder.encode(run));
  }

  decode(run: DecodeRun): Promise<void> {
    return this.#places.during(1, () => this.#coder.decode(run));
  }
}
