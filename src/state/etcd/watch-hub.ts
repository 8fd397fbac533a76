import { ProvenderError } from '../../content/provender-error.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';
import { EtcdWatch, type WatchCarrier } from './etcd-watch.ts';
import { WatchStream } from './watch-stream.ts';

/** Time between two looks for an endpoint while there is none, and between two new streams. */
const RETRY_MS = 250;

/** All watches of a store, on one stream for each endpoint that has any. */
export class WatchHub implements WatchCarrier {
  readonly #pool: EndpointPool;
  readonly #streams = new Map<EtcdEndpoint, WatchStream>();
  readonly #watches = new Set<EtcdWatch>();
  readonly #homeless = new Set<EtcdWatch>();
  #madeAt = Number.NEGATIVE_INFINITY;
  #retry: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(pool: EndpointPool) {
    this.#pool = pool;
    pool.onLost((endpoint) => this.#streams.get(endpoint)?.end());
  }

  /** Makes a watch; it begins when its first batch is asked for. */
  watch(prefix: string, from: bigint | undefined): EtcdWatch {
    const mayBeginLater = from === undefined;
    const watch = new EtcdWatch(this, { prefix, from: from ?? this.#pool.revision + 1n, mayBeginLater });
    if (this.#hasEnded) watch.end(new ProvenderError('PROVENDER_CLOSED', 'the state store is closed'));
    else this.#watches.add(watch);
    return watch;
  }

  attach(watch: EtcdWatch): void {
    this.#homeless.add(watch);
    this.#settle();
  }

  detach(watch: EtcdWatch): void {
    this.#homeless.delete(watch);
    this.#watches.delete(watch);
    for (const stream of this.#streams.values()) if (stream.remove(watch)) return;
  }

  /** Ends all watches quietly. Idempotent. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#retry);
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
    for (const stream of this.#streams.values()) stream.end();
  }

  /** Finds a stream for those that have none. */
  #settle(): void {
    if (this.#hasEnded || this.#homeless.size === 0) return;
    const stream = this.#stream();
    if (stream === undefined) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#settle(), RETRY_MS).unref();
      return;
    }
    for (const watch of this.#homeless) stream.add(watch);
    this.#homeless.clear();
  }

  #stream(): WatchStream | undefined {
    try {
      const endpoint = this.#pool.pick();
      const found = endpoint === undefined ? undefined : this.#streams.get(endpoint);
      if (endpoint === undefined || found !== undefined) return found;
      if (performance.now() - this.#madeAt < RETRY_MS) return undefined;
      this.#madeAt = performance.now();
      const made = new WatchStream(endpoint, () => this.#streams.delete(endpoint));
      this.#streams.set(endpoint, made);
      return made;
    } catch (error) {
      if (!(error instanceof ProvenderError)) throw error;
      for (const watch of this.#homeless) watch.end(error);
      return undefined;
    }
  }
}
