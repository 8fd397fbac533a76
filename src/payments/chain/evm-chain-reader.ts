import { setTimeout as sleep } from 'node:timers/promises';
import { Lifetime } from '../../content/lifetime.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { Address } from '../address.ts';
import type { PaymentClock } from '../clock.ts';
import type { ChainEvents } from './chain-events.ts';
import type { ChainOptions, ChainReader, ChannelView, EndingOptions, NonceEnding } from './chain-reader.ts';
import { ChannelCount } from './channel-count.ts';
import { channelQuestion, countQuestion, parseChannelAnswer } from './channel-views.ts';
import { EndpointError } from './endpoint-error.ts';
import { LatestBlock } from './latest-block.ts';
import { linkSignal } from './linked-signal.ts';
import { findEnding } from './nonce-ending.ts';
import { hexBytes, quantity } from './rpc-answers.ts';
import type { RpcEndpoint } from './rpc-endpoint.ts';
import { cancelled, RpcEndpoints } from './rpc-endpoints.ts';
import { ViewCache } from './view-cache.ts';

/** Where the contract is and how old an answer may be. */
export interface EvmChainReaderOptions {
  /** http or https, in the order in which they are asked. */
  readonly endpoints: readonly string[];
  readonly mpe: Address;
  readonly evmChainId: bigint;
  /** Of a view that may decide a call. Default 600,000. */
  readonly maxViewAgeMs?: number;
  /** Of the current block. Default 60,000. */
  readonly maxBlockAgeMs?: number;
  /** Between two questions for the current block. Default 5,000. */
  readonly pollMs?: number;
  /** Channels are read that many blocks behind the latest. Default 0. */
  readonly confirmations?: number;
  /** Of one answer. Default 3,000. */
  readonly timeoutMs?: number;
  readonly events?: ChainEvents;
  /** Default: that of the machine. */
  readonly clock?: Pick<PaymentClock, 'now' | 'sleep'>;
}

const REAL: Pick<PaymentClock, 'now' | 'sleep'> = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/**
 * Reads the escrow contract over JSON-RPC. States: open (from `open`), closed. An endpoint that does not answer at `open` is no error: nothing is
 * believed until one answers, and each is asked for its chain before its first use.
 * @see payment-channels.md, section 12
 */
export class EvmChainReader implements ChainReader, AsyncDisposable {
  readonly #options: EvmChainReaderOptions & { readonly pollMs: number };
  readonly #confirmations: bigint;
  readonly #endpoints: RpcEndpoints;
  readonly #clock: Pick<PaymentClock, 'now' | 'sleep'>;
  readonly #latest: LatestBlock;
  readonly #views: ViewCache;
  readonly #count: ChannelCount;
  readonly #lifetime = new Lifetime('the chain reader');
  readonly #end = new AbortController();
  #polling: Promise<void> = Promise.resolve();

  private constructor(options: EvmChainReaderOptions, endpoints: RpcEndpoints) {
    const { clock = REAL, confirmations = 0, pollMs = 5_000 } = options;
    const { maxBlockAgeMs = 60_000, maxViewAgeMs = 600_000 } = options;
    this.#options = { ...options, pollMs };
    this.#confirmations = BigInt(confirmations);
    this.#endpoints = endpoints;
    this.#clock = clock;
    this.#latest = new LatestBlock(maxBlockAgeMs, clock.now);
    this.#views = new ViewCache(maxViewAgeMs, clock.now);
    this.#count = new ChannelCount(() => this.#askCount());
  }

  /**
   * Asks every endpoint for its chain and one of them for the current block, and goes on asking for that.
   * @throws ProvenderError `PROVENDER_CONFIG` for an endpoint of another chain, and when there is no contract at `mpe`
   */
  static async open(options: EvmChainReaderOptions): Promise<EvmChainReader> {
    const { evmChainId, timeoutMs = 3_000, events = {} } = options;
    const endpoints = await RpcEndpoints.open({
      endpoints: options.endpoints,
      evmChainId,
      timeoutMs,
      events,
    });
    const reader = new EvmChainReader(options, endpoints);
    await reader.#poll();
    await reader.#refuseMissingContract();
    reader.#polling = reader.#pollOn();
    return reader;
  }

  currentBlock(): bigint {
    return this.#latest.current();
  }

  cached(channelId: bigint): ChannelView | undefined {
    return this.#views.get(channelId);
  }

  read(channelId: bigint, options: ChainOptions = {}): Promise<ChannelView | undefined> {
    return this.#lifetime.run(() => this.#read(channelId, options));
  }

  ending(channelId: bigint, nonce: bigint, options: EndingOptions = {}): Promise<NonceEnding> {
    return this.#lifetime.run(() => this.#ending(channelId, nonce, options));
  }

  /** Stops asking. Idempotent. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#lifetime.close(() => this.#polling);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(channelId: bigint, options: ChainOptions): Promise<ChannelView | undefined> {
    const what = `cannot read channel {ID: ${channelId}} from the blockchain`;
    if (!(await this.#exists(channelId, what, options))) return undefined;
    const askedAt = this.#clock.now();
    const view = await this.#ask(what, options, async (endpoint, ends) => {
      const block = await this.#depthOf(endpoint, ends);
      const answer = await endpoint.ask(channelQuestion(this.#options.mpe, channelId, block), ends);
      return parseChannelAnswer(answer, { channelId, block });
    });
    this.#views.set(channelId, view, askedAt);
    return view;
  }

  async #ending(channelId: bigint, nonce: bigint, options: EndingOptions): Promise<NonceEnding> {
    const { fromBlock } = options;
    const ended = {
      mpe: this.#options.mpe,
      channelId,
      nonce,
      ...(fromBlock === undefined ? {} : { fromBlock }),
    };
    const what = `cannot read the events of channel {ID: ${channelId}} from the blockchain`;
    try {
      return await this.#ask(what, options, async (endpoint, ends) =>
        findEnding(endpoint, { ...ended, head: await this.#headOf(endpoint, ends) }, ends),
      );
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_CHANNEL') && isRefused(error.cause)) return { is: 'unknown' };
      throw error;
    }
  }

  async #ask<T>(
    what: string,
    { signal }: ChainOptions,
    question: (endpoint: RpcEndpoint, ends: ChainOptions) => Promise<T>,
  ): Promise<T> {
    using ends = linkSignal([signal, this.#end.signal]);
    return await this.#endpoints.ask(what, (endpoint) => question(endpoint, ends), ends);
  }

  async #headOf(endpoint: RpcEndpoint, ends: ChainOptions): Promise<bigint> {
    const block = await endpoint.ask({ method: 'eth_blockNumber', params: [], answer: quantity }, ends);
    if (this.#latest.saw(block)) this.#options.events?.block?.({ block });
    return block;
  }

  /** The block that channels are read at. */
  async #depthOf(endpoint: RpcEndpoint, ends: ChainOptions): Promise<bigint> {
    const head = await this.#headOf(endpoint, ends);
    return head > this.#confirmations ? head - this.#confirmations : 0n;
  }

  #askCount(): Promise<bigint> {
    return this.#ask('cannot count the channels on the blockchain', {}, async (endpoint, ends) =>
      endpoint.ask(countQuestion(this.#options.mpe, await this.#depthOf(endpoint, ends)), ends),
    );
  }

  async #exists(channelId: bigint, what: string, { signal }: ChainOptions): Promise<boolean> {
    try {
      return await unlessAborted(this.#count.has(channelId), signal);
    } catch (cause) {
      if (isProvenderError(cause, 'PROVENDER_CHANNEL'))
        throw new ProvenderError('PROVENDER_CHANNEL', what, { cause: cause.cause });
      throw cause;
    }
  }

  /** One that fails leaves the block to grow old: its failure is an event, and old blocks refuse. */
  async #poll(): Promise<void> {
    this.#endpoints.preferFirst();
    try {
      await this.#ask('cannot determine current block', {}, (endpoint, ends) => this.#headOf(endpoint, ends));
    } catch (error) {
      if (!(error instanceof ProvenderError)) throw error;
    }
  }

  async #pollOn(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      // Rejects only when it is closed.
      await this.#clock.sleep(this.#options.pollMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#poll();
    }
  }

  async #refuseMissingContract(): Promise<void> {
    const { mpe, evmChainId } = this.#options;
    const question = { method: 'eth_getCode', params: [mpe, 'latest'], answer: hexBytes } as const;
    let code: string;
    try {
      code = await this.#ask('cannot read the contract', {}, (endpoint, ends) =>
        endpoint.ask(question, ends),
      );
    } catch (error) {
      // No endpoint answers now; who reads a channel later learns whether there is a contract.
      if (isProvenderError(error, 'PROVENDER_CHANNEL')) return;
      throw error;
    }
    if (code !== '0x') return;
    const message = `there is no contract at ${mpe} on EVM chain ${evmChainId}; mend the address of the escrow contract`;
    throw new ProvenderError('PROVENDER_CONFIG', message, { details: { mpe } });
  }
}

/** What others wait for too goes on when one of them gives up. */
function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(cancelled(signal.reason));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    void shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function isRefused(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.every(isRefused);
  return cause instanceof EndpointError && cause.failure === 'refused';
}
