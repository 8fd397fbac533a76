import { Caller } from '../client/caller.ts';
import { ChannelPool, closed } from '../client/channel-pool.ts';
import type { ClientTls } from '../client/tls-credentials.ts';

/** How a node calls others. Times in milliseconds. */
export interface NodeChannelsOptions {
  /** TLS as in a client; plain text when absent. */
  readonly tls?: ClientTls;
  /** For the answer to a unary call, retries included. Default 10 s. */
  readonly timeoutMs?: number;
  /** A stream may stand still this long; longer than the beats of quiet ones. Default 30 s. */
  readonly idleMs?: number;
  /** A connection that no call uses is closed after this. Default 60 s. */
  readonly unusedMs?: number;
}

interface Channel {
  readonly caller: Caller;
  readonly pool: ChannelPool;
  calls: number;
  timer: NodeJS.Timeout | undefined;
}

const DEFAULTS = { timeoutMs: 10_000, idleMs: 30_000, unusedMs: 60_000 };

/**
 * Connections to other nodes: one for each address, made by the first call that needs it, closed when nobody has used it for a while.
 * States: open, closed.
 */
export class NodeChannels implements AsyncDisposable {
  readonly #options: NodeChannelsOptions & typeof DEFAULTS;
  readonly #channels = new Map<string, Channel>();
  #isClosed = false;

  constructor(options: NodeChannelsOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Addresses that a connection is kept for. */
  get count(): number {
    return this.#channels.size;
  }

  /** Does work over the connection to an address. @throws ProvenderError `PROVENDER_CLOSED`, and what the work throws */
  async call<T>(address: string, work: (caller: Caller) => Promise<T>): Promise<T> {
    const channel = this.#take(address);
    try {
      return await work(channel.caller);
    } finally {
      this.#leave(address, channel);
    }
  }

  /** Gives what a stream gives over the connection to an address. @throws ProvenderError `PROVENDER_CLOSED`, and what the stream throws */
  async *stream<T>(address: string, open: (caller: Caller) => AsyncIterable<T>): AsyncGenerator<T, void> {
    const channel = this.#take(address);
    try {
      yield* open(channel.caller);
    } finally {
      this.#leave(address, channel);
    }
  }

  /** Refuses new calls, waits up to `graceMs` (default 0) for running ones, ends the rest and all connections. Idempotent. */
  async close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.#isClosed = true;
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const { timer } of channels) clearTimeout(timer);
    await Promise.all(channels.map(({ pool }) => pool.close(graceMs)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(address: string): Channel {
    if (this.#isClosed) throw closed();
    const channel = this.#channels.get(address) ?? this.#open(address);
    clearTimeout(channel.timer);
    channel.calls++;
    return channel;
  }

  #open(address: string): Channel {
    const { tls, timeoutMs, idleMs } = this.#options;
    const pool = new ChannelPool(address, 1, tls);
    const caller = new Caller(pool, address, { timeoutMs, idleMs });
    const channel: Channel = { caller, pool, calls: 0, timer: undefined };
    this.#channels.set(address, channel);
    return channel;
  }

  #leave(address: string, channel: Channel): void {
    channel.calls--;
    if (channel.calls > 0 || this.#isClosed) return;
    channel.timer = setTimeout(() => {
      this.#channels.delete(address);
      void channel.pool.close(0);
    }, this.#options.unusedMs);
    channel.timer.unref(); // an unused connection keeps no process alive
  }
}
