import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { StagedContent } from '../ports.ts';
import type { Explanation } from './explanation.ts';
import type { PlacementOutcome } from './placement-events.ts';
import { Placing } from './placing.ts';
import type { PlacingObject } from './placing-object.ts';
import { SharedContent } from './shared-content.ts';
import type { SharedWork } from './shared-work.ts';
import { orAborted } from './waiting.ts';

/** The placement of an object for all who ask for it at the same time. Ends when it is placed, fails, or nobody waits for it any more. */
export class JoinedPlacing {
  readonly object: PlacingObject;
  readonly #work: SharedWork;
  readonly #abort = new AbortController();
  readonly #content = new SharedContent();
  #placing: Placing;
  #waiting = 0;
  /** Number of the round that holds the SetKey. */
  readonly result: Promise<bigint>;

  /** @param onEnd - takes the last explanation */
  constructor(work: SharedWork, object: PlacingObject, onEnd: (explanation: Explanation) => void) {
    this.#work = work;
    this.object = { ...object, staged: this.#content.staged };
    this.#placing = new Placing(work, this.object);
    this.result = this.#run(onEnd);
    this.result.catch(() => undefined); // who waits gets it
  }

  /**
   * Waits for the end. The last who stops waiting ends the placement.
   * @param staged - the bytes that this caller brings, until it leaves
   * @throws ProvenderError as `Placing.place`
   */
  async join(staged: Promise<StagedContent>, signal?: AbortSignal): Promise<bigint> {
    const leave = this.#content.add(staged);
    this.#waiting += 1;
    try {
      return await (signal === undefined ? this.result : orAborted(this.result, signal));
    } finally {
      leave();
      this.#waiting -= 1;
      if (this.#waiting === 0)
        this.abort(new ProvenderError('PROVENDER_CANCELLED', 'nobody waits for the placement any more'));
    }
  }

  abort(error: ProvenderError): void {
    this.#abort.abort(error);
  }

  explain(): Explanation {
    return this.#placing.explain();
  }

  async #run(onEnd: (explanation: Explanation) => void): Promise<bigint> {
    const { clock, events } = this.#work.parts;
    const startMs = clock.now();
    const end = (outcome: PlacementOutcome, error?: unknown): void => {
      const explanation = this.#placing.explain({
        state: outcome,
        ...(error === undefined ? {} : { error }),
      });
      events.ended(outcome, { durationMs: clock.now() - startMs, attempt: explanation.attempt });
      onEnd(explanation);
    };
    try {
      const round = await this.#untilStaged();
      end('placed');
      return round;
    } catch (error) {
      const isEnded =
        isProvenderError(error, 'PROVENDER_CANCELLED') || isProvenderError(error, 'PROVENDER_CLOSED');
      end(isEnded ? 'cancelled' : 'failed', error);
      throw error;
    }
  }

  /** An upload may take longer than an Announce lives: then it is announced again when the content is there. */
  async #untilStaged(): Promise<bigint> {
    const { signal } = this.#abort;
    try {
      return await this.#placing.place(signal);
    } catch (error) {
      const hasOutlived =
        isProvenderError(error, 'PROVENDER_UNAVAILABLE') && error.details['reason'] === 'storers';
      if (!hasOutlived || this.#placing.isStaged) throw error;
    }
    await orAborted(this.object.staged, signal);
    this.#placing = new Placing(this.#work, this.object);
    return this.#placing.place(signal);
  }
}
