import { ProvenderError } from '../../src/content/provender-error.ts';
import type { ChainReader, ChannelView, NonceEnding } from '../../src/payments/chain/chain-reader.ts';

/** Channels of a chain that a test moves by hand, and one reader of it. */
export class FakeChannels implements ChainReader {
  /** As the chain has them now. */
  readonly channels = new Map<bigint, ChannelView>();
  readonly #cache = new Map<bigint, ChannelView>();
  block = 500n;
  /** The chain does not answer. */
  isDown = false;
  /** Reads of channels so far. */
  reads = 0;
  /** Awaited by every read. */
  beforeRead: () => Promise<void> = () => Promise.resolve();

  /** Puts or changes a channel on the chain; the cache of the reader stays. */
  put(view: ChannelView): void {
    this.channels.set(view.channelId, view);
  }

  change(channelId: bigint, fields: Partial<ChannelView>): void {
    const view = this.channels.get(channelId);
    if (view === undefined) throw new Error(`no channel ${channelId}`);
    this.put({ ...view, ...fields });
  }

  /** The cached views have become too old. */
  expireCache(): void {
    this.#cache.clear();
  }

  currentBlock(): bigint {
    if (this.block === 0n) throw new ProvenderError('PROVENDER_CHANNEL', 'no block was seen');
    return this.block;
  }

  cached(channelId: bigint): ChannelView | undefined {
    return this.#cache.get(channelId);
  }

  async read(channelId: bigint): Promise<ChannelView | undefined> {
    this.reads++;
    await this.beforeRead();
    if (this.isDown) throw new ProvenderError('PROVENDER_CHANNEL', 'the chain does not answer');
    const view = this.channels.get(channelId);
    if (view === undefined) this.#cache.delete(channelId);
    else this.#cache.set(channelId, view);
    return view;
  }

  ending(): Promise<NonceEnding> {
    return Promise.resolve({ is: 'unknown' });
  }
}
