import type { TakeBuffer } from '../message-buffers.ts';
import type { Encode } from '../methods.ts';

/** What is kept of an upload until the node takes its payment: more than goes out before a refusal comes back. */
const MOST_KEPT = 4 * 2 ** 20;

/** A message, or the bytes of one that is kept. */
export type ReplayedMessage<T> = { readonly message: T } | { readonly bytes: Buffer };

/**
 * Messages of an upload that can be sent once more as long as not many have been: a refused payment is followed by another one, and the source of the
 * messages gives them only once. Kept ones are copies, since the source may use its buffers again.
 */
export class ReplayedMessages<T> {
  readonly #source: AsyncIterator<T>;
  readonly #encode: Encode<T>;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #isWhole = true;
  #isAtEnd = false;
  /** A sender that has failed may still wait for a message, which the next sender gets. */
  #pulling: Promise<T | undefined> | undefined;
  #senders = 0;

  constructor(messages: AsyncIterable<T>, encode: Encode<T>) {
    this.#source = messages[Symbol.asyncIterator]();
    this.#encode = encode;
  }

  /** All that was taken from the source is still here, and the source goes on. */
  get isRepeatable(): boolean {
    return this.#isWhole;
  }

  /** The first message and its bytes; it is sent like the others later. `undefined` when there is none. */
  async first(): Promise<{ readonly message: T; readonly bytes: Uint8Array } | undefined> {
    const message = await this.#pull();
    const [bytes] = this.#kept;
    return message === undefined || bytes === undefined ? undefined : { message, bytes };
  }

  /** From the first message on: those that are kept, then the rest of the source. Ending it early does not end the source. */
  async *messages(): AsyncGenerator<ReplayedMessage<T>, void> {
    const sender = ++this.#senders;
    for (let next = 0; ; ) {
      const bytes = this.#kept[next];
      if (bytes !== undefined) {
        next++;
        yield { bytes };
        continue;
      }
      if (this.#isAtEnd || sender !== this.#senders) return;
      const message = await this.#pull();
      if (!this.#isWhole && message !== undefined) yield { message };
    }
  }

  /** Writes a message, as the method does. */
  readonly encode = (replayed: ReplayedMessage<T>, take?: TakeBuffer): Buffer =>
    'bytes' in replayed ? replayed.bytes : this.#encode(replayed.message, take);

  /** Ends the source, however far it was read. */
  async close(): Promise<void> {
    this.#isWhole = false;
    await this.#source.return?.();
  }

  /** Takes one message from the source and keeps it. @returns `undefined` at the end */
  async #pull(): Promise<T | undefined> {
    this.#pulling ??= this.#take().finally(() => {
      this.#pulling = undefined;
    });
    return await this.#pulling;
  }

  async #take(): Promise<T | undefined> {
    const sender = this.#senders;
    try {
      const { done, value } = await this.#source.next();
      this.#isAtEnd = done === true;
      if (done === true) return undefined;
      this.#keep(value, sender === this.#senders);
      return value;
    } catch (error) {
      this.#isWhole = false; // there is nothing behind what failed
      throw error;
    }
  }

  /** @param isSent - whoever asked for it sends it now; else it has to be kept for the next one */
  #keep(message: T, isSent: boolean): void {
    if (!this.#isWhole) return;
    const bytes = this.#encode(message);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= MOST_KEPT || !isSent) this.#kept.push(bytes);
    else this.#isWhole = false;
  }
}
