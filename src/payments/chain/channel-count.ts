import { setTimeout as sleep } from 'node:timers/promises';

/** Between two questions for the number of channels: whoever makes up ids cannot have the chain asked more often. */
const GAP_MS = 100;

/**
 * How many channels the contract has. Their ids count up from 0, so one that is not below is absent, and costs no question of its own: those who ask for
 * absent ids at the same time share one.
 */
export class ChannelCount {
  readonly #ask: () => Promise<bigint>;
  #count = 0n;
  #gap: Promise<void> = Promise.resolve();
  /** A question that was not sent yet, so that its answer is about a later time than now. */
  #waiting: Promise<void> | undefined;

  /** @param ask - reads `nextChannelId` */
  constructor(ask: () => Promise<bigint>) {
    this.#ask = ask;
  }

  /** Tells whether there is such a channel, as of now. @throws what `ask` throws */
  async has(channelId: bigint): Promise<boolean> {
    if (channelId < this.#count) return true;
    this.#waiting ??= this.#askLater();
    await this.#waiting;
    return channelId < this.#count;
  }

  async #askLater(): Promise<void> {
    await this.#gap;
    this.#waiting = undefined;
    this.#gap = sleep(GAP_MS, undefined, { ref: false });
    const count = await this.#ask();
    // After a reorganisation there may be fewer: then the channel itself is asked for.
    if (count > this.#count) this.#count = count;
  }
}
