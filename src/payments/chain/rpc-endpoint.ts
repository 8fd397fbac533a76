import { type Client, createClient, http, type Transport } from 'viem';
import { z } from 'zod';
import type { ChainEvents } from './chain-events.ts';
import type { ChainOptions } from './chain-reader.ts';
import { EndpointError, type EndpointFailure } from './endpoint-error.ts';
import { linkSignal } from './linked-signal.ts';
import { maskEndpoint } from './endpoint-secrets.ts';
import { quantity } from './rpc-answers.ts';

/** What an endpoint has to be. */
export interface RpcEndpointOptions {
  /** http or https. */
  readonly url: URL;
  readonly evmChainId: bigint;
  /** Of one answer. */
  readonly timeoutMs: number;
  readonly events: ChainEvents;
}

/** A question of JSON-RPC and the form that its answer must have. */
export interface RpcQuestion<T> {
  readonly method: 'eth_blockNumber' | 'eth_call' | 'eth_chainId' | 'eth_getCode' | 'eth_getLogs';
  readonly params: readonly unknown[];
  readonly answer: z.ZodType<T>;
}

/** More than a window of events takes; what is longer is cut off. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_REASON_LENGTH = 200;
const envelope = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number().optional(), message: z.string() }).nullish(),
});

/** One JSON-RPC endpoint. It is asked for its chain before anything else, and again after each failure: something else may answer there by then. */
export class RpcEndpoint {
  /** Host and port. */
  readonly name: string;
  readonly #options: RpcEndpointOptions;
  readonly #client: Client<Transport>;
  #isKnown = false;

  constructor(options: RpcEndpointOptions) {
    const { url, timeoutMs } = options;
    this.name = url.host;
    this.#options = options;
    const limits = { timeout: timeoutMs, retryCount: 0, maxResponseBodySize: MAX_ANSWER_BYTES };
    this.#client = createClient({ transport: http(url.href, { ...limits, raw: true }) });
  }

  /** Asks it. @throws EndpointError; the reason of the signal when that aborts */
  async ask<T>(question: RpcQuestion<T>, options: ChainOptions = {}): Promise<T> {
    if (!this.#isKnown) await this.#checkChain(options);
    return await this.#ask(question, options);
  }

  async #checkChain(options: ChainOptions): Promise<void> {
    const { evmChainId } = this.#options;
    const found = await this.#ask({ method: 'eth_chainId', params: [], answer: quantity }, options);
    if (found !== evmChainId) {
      const reason = `has EVM chain id ${found}, expected ${evmChainId}`;
      throw this.#failed('wrong-chain', 'eth_chainId', reason);
    }
    this.#isKnown = true;
  }

  async #ask<T>({ method, params, answer }: RpcQuestion<T>, options: ChainOptions): Promise<T> {
    const start = performance.now();
    const { error, result } = await this.#send(method, params, options);
    if (error !== undefined && error !== null) {
      throw this.#failed('refused', method, `refuses ${method}: ${error.message}`);
    }
    const parsed = answer.safeParse(result);
    if (!parsed.success) {
      const what = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
      throw this.#failed('malformed', method, `answers ${method} in another form: ${what.join('; ')}`);
    }
    this.#options.events.answered?.({ endpoint: this.name, method, ms: performance.now() - start });
    return parsed.data;
  }

  async #send(
    method: RpcQuestion<unknown>['method'],
    params: readonly unknown[],
    { signal }: ChainOptions,
  ): Promise<z.infer<typeof envelope>> {
    signal?.throwIfAborted();
    using ends = linkSignal([signal], this.#options.timeoutMs);
    let raw: unknown;
    try {
      raw = await this.#client.transport.request({ method, params }, { signal: ends.signal });
    } catch (error) {
      signal?.throwIfAborted();
      const late = `does not answer ${method} within ${this.#options.timeoutMs} ms`;
      const reason = ends.isLate ? late : `does not answer ${method}: ${reasonOf(error)}`;
      throw this.#failed('unreachable', method, reason);
    }
    const parsed = envelope.safeParse(raw);
    if (parsed.success) return parsed.data;
    throw this.#failed('malformed', method, `answers ${method} with something that is not JSON-RPC`);
  }

  #failed(failure: EndpointFailure, method: string, text: string): EndpointError {
    this.#isKnown = this.#isKnown && failure === 'refused';
    const reason = maskEndpoint(text, this.#options.url).slice(0, MAX_REASON_LENGTH);
    this.#options.events.failed?.({ endpoint: this.name, method, reason });
    return new EndpointError(failure, `${this.name} ${reason}`);
  }
}

/** The innermost cause says most; the texts of viem hold URL and request. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = 'shortMessage' in error ? String(error.shortMessage) : error.message;
  return error.cause instanceof Error ? reasonOf(error.cause) : own;
}
