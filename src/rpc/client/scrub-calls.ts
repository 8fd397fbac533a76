import type { ScrubStart, ScrubStatus } from '../../shares/scrub/scrub.ts';
import { SCRUB_METHODS } from '../methods.ts';
import { scrubStatusFromWire } from '../scrub-wire.ts';
import type { Caller, ClientCallOptions } from './caller.ts';

/** The scrubber of a node, which checks every stored byte against its tree. For operators. */
export class ScrubCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Starts a round, or joins and resumes the one that is not finished.
   * @throws ProvenderError `PROVENDER_CONFLICT` when a deep round is asked for and an unfinished one is not deep
   */
  async start(
    { bytesPerSecond, isDeep, isRestart }: ScrubStart,
    options: ClientCallOptions = {},
  ): Promise<ScrubStatus> {
    const request = {
      deep: isDeep ?? false,
      restart: isRestart ?? false,
      ...(bytesPerSecond !== undefined && { bytesPerSecond: BigInt(bytesPerSecond) }),
    };
    return scrubStatusFromWire(
      (await this.#caller.change(SCRUB_METHODS.startScrub, request, options)).status,
    );
  }

  /** Pauses the round, also over restarts of the node. @throws ProvenderError `PROVENDER_INVALID` when there is none */
  async pause(options: ClientCallOptions = {}): Promise<ScrubStatus> {
    return scrubStatusFromWire((await this.#caller.change(SCRUB_METHODS.pauseScrub, {}, options)).status);
  }

  /** Lets a paused round go on. @throws ProvenderError `PROVENDER_INVALID` when there is none */
  async resume(options: ClientCallOptions = {}): Promise<ScrubStatus> {
    return scrubStatusFromWire((await this.#caller.change(SCRUB_METHODS.resumeScrub, {}, options)).status);
  }

  /** Gives up the round and forgets where it was. */
  async stop(options: ClientCallOptions = {}): Promise<ScrubStatus> {
    return scrubStatusFromWire((await this.#caller.change(SCRUB_METHODS.stopScrub, {}, options)).status);
  }

  /** Says what the scrubber does and has found. */
  async status(options: ClientCallOptions = {}): Promise<ScrubStatus> {
    return scrubStatusFromWire((await this.#caller.read(SCRUB_METHODS.getScrubStatus, {}, options)).status);
  }

  /** Gives the status now and at each change, until the consumer leaves or the node ends. */
  async *watch(options: ClientCallOptions = {}): AsyncGenerator<ScrubStatus, void> {
    const messages = this.#caller.download(SCRUB_METHODS.watchScrub, {}, options);
    for await (const { status } of messages) yield scrubStatusFromWire(status);
  }
}
