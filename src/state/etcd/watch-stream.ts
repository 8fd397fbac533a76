import { type ClientDuplexStream, status, type StatusObject } from '@grpc/grpc-js';
import type { WatchRequest, WatchResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import { needsLeader } from './etcd-call.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';
import type { EtcdWatch } from './etcd-watch.ts';

/** The one stream of an endpoint that carries all its watches. States: open -> ended. */
export class WatchStream {
  readonly endpoint: EtcdEndpoint;
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse>;
  readonly #watches = new Map<bigint, EtcdWatch>();
  readonly #onEnd: (stream: WatchStream) => void;
  #lastId = 0n;
  #hasEnded = false;

  /** @param onEnd - called once; its watches have been released */
  constructor(endpoint: EtcdEndpoint, onEnd: (stream: WatchStream) => void) {
    this.endpoint = endpoint;
    this.#onEnd = onEnd;
    this.#stream = endpoint.watch.watch(needsLeader());
    this.#stream.on('data', (answer: WatchResponse) => this.#receive(answer));
    // a member without leader, a connection that went: the watches go on elsewhere
    this.#stream.on('error', (error: Error & Partial<StatusObject>) => this.#failed(error));
    this.#stream.on('end', () => this.end());
  }

  /** Begins a watch. */
  add(watch: EtcdWatch): void {
    const watchId = ++this.#lastId;
    this.#watches.set(watchId, watch);
    this.#stream.write({ requestUnion: { $case: 'createRequest', value: watch.request(watchId) } });
  }

  /** Ends a watch. @returns false when it is not here */
  remove(watch: EtcdWatch): boolean {
    for (const [watchId, one] of this.#watches) {
      if (one !== watch) continue;
      this.#watches.delete(watchId);
      if (!this.#hasEnded)
        this.#stream.write({ requestUnion: { $case: 'cancelRequest', value: { watchId } } });
      return true;
    }
    return false;
  }

  /** Ends the stream. Idempotent. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream.cancel();
    this.#onEnd(this);
    for (const watch of this.#watches.values()) watch.released();
    this.#watches.clear();
  }

  #failed({ code = status.UNKNOWN, details = 'the stream ended' }: Partial<StatusObject>): void {
    // what this side has ended says nothing about the endpoint
    if (!this.#hasEnded) this.endpoint.note({ failure: { code, details, isSent: true } });
    this.end();
  }

  #receive(answer: WatchResponse): void {
    if (this.#hasEnded) return;
    try {
      this.endpoint.note({ answer });
    } catch {
      // another cluster: the pool has failed, and everybody hears of it
      return this.end();
    }
    const watch = this.#watches.get(answer.watchId);
    // an answer without a watch is about one that was ended here, or one that could not begin
    if (watch === undefined) return answer.created && answer.canceled ? this.end() : undefined;
    if (answer.created) return;
    const goesOn = watch.receive(answer);
    if (goesOn && !answer.canceled) return;
    if (answer.canceled) this.#watches.delete(answer.watchId);
    else this.remove(watch);
    watch.released();
  }
}
