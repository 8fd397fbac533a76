import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { throwIfAborted } from '../abort.ts';
import type { RunningCall } from '../running-calls.ts';

/** Keeps the first failure of work beside a call, which nobody may be waiting for, and ends the call with it. */
export class FirstFailure {
  readonly #call: RunningCall;
  #failure: ProvenderError | undefined;

  constructor(call: RunningCall) {
    this.#call = call;
  }

  /** @throws ProvenderError the failure; the reason of an aborted call */
  throwIfAny(): void {
    if (this.#failure !== undefined) throw this.#failure;
    throwIfAborted(this.#call.signal);
  }

  /** Runs a part, unless the call has failed already. Never rejects. */
  async guard(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      const failure = isProvenderError(error)
        ? error
        : new ProvenderError('PROVENDER_INTERNAL', 'a share could not be staged', { cause: error });
      this.#failure ??= failure;
      this.#call.fail(failure);
    }
  }

  /** Makes what still runs end soon: nobody wants its result. */
  giveUp(): void {
    this.#failure ??= new ProvenderError('PROVENDER_CANCELLED', 'the set was given up');
  }
}
