import { BLOCK_SIZE, STRIPE_BLOCKS } from '../content/geometry.ts';
import type { BlockRange } from '../content/block-range.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import { throwIfAborted } from './abort.ts';
import { READ_PIECE_SIZE } from './block-hashing.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { HeldObject } from './held-object.ts';
import type { ObjectReader, StripeRun, VerifiedRun } from './object-reader.ts';
import type { RunningCall } from './running-calls.ts';

const RUN_BLOCKS = READ_PIECE_SIZE / BLOCK_SIZE;

/** What a stream of runs works with. */
export interface VerifiedRunsParts {
  readonly reader: ObjectReader;
  /** Memory of all readers together. */
  readonly budget: ByteBudget;
  /** Ended when the stream ends. */
  readonly call: RunningCall;
}

/** Cuts blocks into runs of at most 1 MiB that lie in one stripe each. */
export function* stripeRuns(blocks: BlockRange): Generator<StripeRun, undefined> {
  for (let first = blocks.first; first < blocks.end; ) {
    const stripe = Math.floor(first / STRIPE_BLOCKS);
    const end = Math.min(blocks.end, first + RUN_BLOCKS - (first % RUN_BLOCKS), (stripe + 1) * STRIPE_BLOCKS);
    yield { stripe, first, end };
    first = end;
  }
  return undefined;
}

/**
 * Reads blocks of an object in order, one run ahead when memory is free, so that a slow consumer holds 2 MiB at most.
 * States: open, then ended: by its end, a failure, `close` or the abort of its call, each of which gives everything back.
 */
export class VerifiedRuns {
  readonly #parts: VerifiedRunsParts;
  readonly #object: HeldObject;
  readonly #runs: Generator<StripeRun, undefined>;
  #upcoming: StripeRun | undefined;
  #ahead: Promise<VerifiedRun> | undefined;
  #takenBytes = 0;
  #delivered = false;
  #ended = false;
  readonly #onAbort = (): void => {
    void this.close();
  };

  private constructor(object: HeldObject, blocks: BlockRange, parts: VerifiedRunsParts) {
    this.#object = object;
    this.#parts = parts;
    this.#runs = stripeRuns(blocks);
    this.#upcoming = this.#runs.next().value;
    parts.call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Takes memory and reads the first run, so that what can fail fails here.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` when the object is gone, `PROVENDER_CORRUPT`; the reason of an aborted call
   */
  static async open(object: HeldObject, blocks: BlockRange, parts: VerifiedRunsParts): Promise<VerifiedRuns> {
    const runs = new VerifiedRuns(object, blocks, parts);
    try {
      const wanted = Math.min(READ_PIECE_SIZE, (blocks.end - blocks.first) * BLOCK_SIZE);
      await parts.budget.take(wanted, parts.call.signal);
      if (runs.#ended)
        parts.budget.release(wanted); // aborted between the grant and this line
      else runs.#takenBytes = wanted;
      throwIfAborted(parts.call.signal);
      runs.#ahead = runs.#start();
      await runs.#ahead;
      throwIfAborted(parts.call.signal);
      return runs;
    } catch (error) {
      await runs.close();
      throw error;
    }
  }

  /**
   * Gives the next run; the one before counts as used up.
   * @throws ProvenderError `PROVENDER_CONFLICT` when the object was removed after the first run, `PROVENDER_CORRUPT`; the reason of an abort
   */
  async next(): Promise<VerifiedRun | undefined> {
    try {
      throwIfAborted(this.#parts.call.signal);
      this.#ahead ??= this.#start();
      const run = await this.#ahead;
      throwIfAborted(this.#parts.call.signal);
      this.#ahead = undefined;
      if (run === undefined) await this.close();
      else this.#readAhead();
      this.#delivered = true;
      return run;
    } catch (error) {
      await this.close();
      throw this.#delivered ? asConflict(error) : error;
    }
  }

  /** Gives everything back; more than once is harmless. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.call.signal.removeEventListener('abort', this.#onAbort);
    await Promise.allSettled([this.#ahead]);
    this.#ahead = undefined;
    this.#parts.budget.release(this.#takenBytes);
    this.#parts.call.end();
  }

  /** Reads on beside the consumer, who holds the run before: that needs memory for two. */
  #readAhead(): void {
    if (this.#upcoming === undefined) return;
    const { budget } = this.#parts;
    if (this.#takenBytes <= READ_PIECE_SIZE) {
      // Half of the memory stays for those who have no run yet.
      if (budget.usedBytes >= budget.limitBytes / 2 || !budget.tryTake(READ_PIECE_SIZE)) return;
      this.#takenBytes += READ_PIECE_SIZE;
    }
    this.#ahead = this.#start();
  }

  #start(): Promise<VerifiedRun> | undefined {
    const run = this.#upcoming;
    if (run === undefined) return undefined;
    this.#upcoming = this.#runs.next().value;
    const reading = this.#parts.reader.read(this.#object, run);
    reading.catch(() => undefined); // whoever awaits it gets the error; a consumer that left does not
    return reading;
  }
}

/** Turns `PROVENDER_NOT_FOUND` into `PROVENDER_CONFLICT`: the object was there, some of it was given, then it was removed. */
export function asConflict(error: unknown): unknown {
  if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) return error;
  return new ProvenderError('PROVENDER_CONFLICT', error.message, { details: error.details, cause: error });
}
