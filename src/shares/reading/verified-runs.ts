import { BLOCK_SIZE, STRIPE_BLOCKS } from '../../content/geometry.ts';
import type { BlockRange } from '../../content/block-range.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { throwIfAborted } from '../abort.ts';
import { READ_PIECE_SIZE } from '../memory/block-hashing.ts';
import type { ByteBudget } from '../memory/byte-budget.ts';
import type { HeldObject } from '../held-object.ts';
import type { ObjectReader, StripeRun, VerifiedRun } from './object-reader.ts';
import type { RunMemory } from '../memory/run-memory.ts';
import type { RunSource, RunSources } from './run-source.ts';
import type { RunningCall } from '../running-calls.ts';

const RUN_BLOCKS = READ_PIECE_SIZE / BLOCK_SIZE;

/** What a stream of runs works with. */
export interface VerifiedRunsParts {
  readonly reader: ObjectReader;
  readonly sources: RunSources;
  /** Memory of all readers together. */
  readonly budget: ByteBudget;
  readonly memory: RunMemory;
  /** Ended when the stream ends. */
  readonly call: RunningCall;
}

/** A run on its way, and the memory that was lent for it. */
interface Reading {
  readonly run: Promise<VerifiedRun>;
  readonly memory: Uint8Array | undefined;
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
 * Reads blocks of an object in order, one run ahead when memory is free, so that a slow consumer holds 2 MiB at most. The memory of a run is used
 * again once the next one is asked for; that of a stream that ends early is not, since its consumer may still look at it.
 * States: open, then ended: by its end, a failure, `close` or the abort of its call, each of which gives everything back.
 */
export class VerifiedRuns {
  readonly #parts: VerifiedRunsParts;
  readonly #source: RunSource;
  readonly #runs: Generator<StripeRun, undefined>;
  #upcoming: StripeRun | undefined;
  #ahead: Reading | undefined;
  /** Memory of the run that the consumer has. */
  #held: Uint8Array | undefined;
  #takenBytes = 0;
  #delivered = false;
  #ended = false;
  readonly #onAbort = (): void => {
    void this.close();
  };

  private constructor(object: HeldObject, blocks: BlockRange, parts: VerifiedRunsParts) {
    this.#source = parts.sources.open(object, blocks, parts.call);
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
      await runs.#ahead?.run;
      throwIfAborted(parts.call.signal);
      return runs;
    } catch (error) {
      await runs.close();
      throw error;
    }
  }

  /**
   * Gives the next run. The one before counts as used up: its bytes will be others.
   * @throws ProvenderError `PROVENDER_CONFLICT` when the object was removed after the first run, `PROVENDER_CORRUPT`; the reason of an abort
   */
  async next(): Promise<VerifiedRun | undefined> {
    try {
      throwIfAborted(this.#parts.call.signal);
      this.#parts.memory.give(this.#held);
      this.#held = undefined;
      this.#ahead ??= this.#start();
      const run = await this.#ahead?.run;
      throwIfAborted(this.#parts.call.signal);
      this.#held = this.#ahead?.memory;
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
    await Promise.allSettled([this.#source.close(), this.#ahead?.run]);
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

  #start(): Reading | undefined {
    const upcoming = this.#upcoming;
    if (upcoming === undefined) return undefined;
    this.#upcoming = this.#runs.next().value;
    const memory = this.#parts.memory.take(upcoming);
    const run = this.#source.read(upcoming, memory);
    run.catch(() => undefined); // whoever awaits it gets the error; a consumer that left does not
    return { run, memory };
  }
}

/** Turns `PROVENDER_NOT_FOUND` into `PROVENDER_CONFLICT`: the object was there, some of it was given, then it was removed. */
export function asConflict(error: unknown): unknown {
  if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) return error;
  return new ProvenderError('PROVENDER_CONFLICT', error.message, { details: error.details, cause: error });
}
