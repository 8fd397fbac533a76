import type { ChannelView } from './chain-reader.ts';

/** More channels than a provider has in use at a time; 600 bytes each. */
const MOST_VIEWS = 65_536;

/** What the chain said of each channel, for a while. When there are too many, the one that was read longest ago goes. */
export class ViewCache {
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  readonly #most: number;
  readonly #views = new Map<bigint, { view: ChannelView; readAt: number }>();

  /** @param now - milliseconds of a clock that never goes back */
  constructor(maxAgeMs: number, now: () => number, most = MOST_VIEWS) {
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
    this.#most = most;
  }

  /** A view that is not too old. */
  get(channelId: bigint): ChannelView | undefined {
    const kept = this.#views.get(channelId);
    if (kept === undefined) return undefined;
    if (this.#now() - kept.readAt <= this.#maxAgeMs) return kept.view;
    this.#views.delete(channelId);
    return undefined;
  }

  /**
   * Keeps what was read, `undefined` for a channel that is not there.
   * @param askedAt - when it was asked for: the answer is at least that old
   */
  set(channelId: bigint, view: ChannelView | undefined, askedAt: number): void {
    const kept = this.#views.get(channelId);
    // Two questions may be answered in the other order.
    if (kept !== undefined && kept.readAt > askedAt) return;
    this.#views.delete(channelId);
    if (view === undefined) return;
    this.#views.set(channelId, { view, readAt: askedAt });
    if (this.#views.size <= this.#most) return;
    for (const oldest of this.#views.keys()) {
      this.#views.delete(oldest);
      return;
    }
  }
}
