import { ProvenderError } from '../../content/provender-error.ts';
import type { ChainOptions } from './chain-reader.ts';
import { EndpointError } from './endpoint-error.ts';
import { quantity } from './rpc-answers.ts';
import { RpcEndpoint, type RpcEndpointOptions } from './rpc-endpoint.ts';

/** Of all endpoints. */
export interface RpcEndpointsOptions extends Omit<RpcEndpointOptions, 'url'> {
  /** In the order in which they are asked. */
  readonly endpoints: readonly string[];
}

/** What is asked of one endpoint, in one or more requests: blocks of different endpoints do not go together. */
export type Question<T> = (endpoint: RpcEndpoint) => Promise<T>;

/** Several endpoints of one chain: one that fails is followed by the next. */
export class RpcEndpoints {
  readonly #endpoints: readonly RpcEndpoint[];
  #preferred: RpcEndpoint | undefined;

  private constructor(endpoints: readonly RpcEndpoint[]) {
    this.#endpoints = endpoints;
  }

  /**
   * Asks each for its chain. One that does not answer now is asked again before its first use.
   * @throws ProvenderError `PROVENDER_CONFIG` for a list or a URL that is none, and when one of them serves another chain
   */
  static async open({ endpoints, ...options }: RpcEndpointsOptions): Promise<RpcEndpoints> {
    if (endpoints.length === 0)
      throw new ProvenderError('PROVENDER_CONFIG', 'no RPC endpoint of the chain is given');
    const all = endpoints.map((text, i) => new RpcEndpoint({ ...options, url: parseUrl(text, i) }));
    await Promise.all(all.map((endpoint) => refuseOtherChain(endpoint)));
    return new RpcEndpoints(all);
  }

  /**
   * Asks one after the other until one answers: first the one that answered last, then from the first on.
   * @param what - says what cannot be done when none answers; it is shown to callers, so it names no endpoint
   * @throws ProvenderError `PROVENDER_CHANNEL` with the failures as its cause
   */
  async ask<T>(what: string, question: Question<T>, options: ChainOptions = {}): Promise<T> {
    const failures: EndpointError[] = [];
    const first = this.#preferred;
    const order =
      first === undefined ? this.#endpoints : [first, ...this.#endpoints.filter((one) => one !== first)];
    for (const endpoint of order) {
      try {
        const answer = await question(endpoint);
        this.#preferred = endpoint;
        return answer;
      } catch (error) {
        if (options.signal?.aborted === true) throw cancelled(error);
        if (!(error instanceof EndpointError)) throw error;
        failures.push(error);
      }
    }
    const cause = failures.length === 1 ? failures[0] : new AggregateError(failures, textOf(failures));
    throw new ProvenderError('PROVENDER_CHANNEL', what, { cause });
  }

  /** Asks from the first on again. */
  preferFirst(): void {
    this.#preferred = undefined;
  }
}

/** The caller has given up, or the reader is being closed. */
export function cancelled(cause: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_CANCELLED', 'the chain is no longer asked', { cause });
}

async function refuseOtherChain(endpoint: RpcEndpoint): Promise<void> {
  try {
    await endpoint.ask({ method: 'eth_chainId', params: [], answer: quantity });
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    if (error.failure !== 'wrong-chain') return;
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `RPC endpoint ${error.message}; give an endpoint of that chain`,
      {
        details: { endpoint: endpoint.name },
      },
    );
  }
}

function parseUrl(text: string, index: number): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url;
  // The text may hold a key: it is named by its place.
  throw new ProvenderError('PROVENDER_CONFIG', `RPC endpoint ${index + 1} is not an http or https URL`);
}

function textOf(failures: readonly EndpointError[]): string {
  return failures.map(({ message }) => message).join('; ');
}
