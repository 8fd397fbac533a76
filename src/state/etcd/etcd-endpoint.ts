import { type ChannelInterface, type ChannelOptions, connectivityState, status } from '@grpc/grpc-js';
import {
  ClusterClient,
  KVClient,
  LeaseClient,
  MaintenanceClient,
  type ResponseHeader,
  type StatusResponse,
  WatchClient,
} from '../../generated/etcd/etcdserverpb/rpc.ts';
import type { EtcdAddress } from './etcd-address.ts';
import { type CallLimits, type CallResult, callOnce, type StartCall } from './etcd-call.ts';
import type { ChannelSecurity } from './etcd-credentials.ts';

/** Failures in a row after which an endpoint is not used for a while; a deadline counts as all of them. */
const MAX_FAILURES = 3;
/** A member answers `Status` at once, or it is in no state to serve. */
const STATUS_MS = 1000;

const CHANNEL_OPTIONS: ChannelOptions = {
  // a channel of our own, whose state is the state of one connection
  'grpc.use_local_subchannel_pool': 1,
  // the outcome of every attempt is ours to judge
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // 128 records of 1 MiB, and what is around them
  'grpc.max_receive_message_length': 160 * 2 ** 20,
  'grpc.enable_channelz': 0,
};

/** What an endpoint tells its pool. */
export interface EndpointOwner {
  /** A member has answered. @throws ProvenderError `PROVENDER_CONFIG` when it belongs to another cluster */
  answered(endpoint: EtcdEndpoint, header: ResponseHeader | undefined): void;
  /** It must not be used until its status has been asked. */
  lost(endpoint: EtcdEndpoint, reason: string): void;
}

/** An answer of etcd: it says who gives it. */
export interface EtcdAnswer {
  readonly header: ResponseHeader | undefined;
}

/**
 * One channel to one member. It is used for calls after its `Status` was good, and until a deadline passes, three calls in a row fail, or the
 * connection goes: behind a new connection there may be another member, or another cluster.
 */
export class EtcdEndpoint {
  /** `host:port`. */
  readonly address: string;
  /** Given by the user; stays when the cluster does not name it. */
  readonly isSeed: boolean;
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
  readonly cluster: ClusterClient;
  readonly #maintenance: MaintenanceClient;
  readonly #channel: ChannelInterface;
  readonly #owner: EndpointOwner;
  /** Known once it has answered. */
  memberId: bigint | undefined;
  /** May be used for calls. */
  isUsable = false;
  /** Calls that run. */
  outstanding = 0;
  #failures = 0;
  #isClosed = false;

  constructor(
    { authority }: EtcdAddress,
    options: { readonly isSeed: boolean; readonly security: ChannelSecurity; readonly owner: EndpointOwner },
  ) {
    this.address = authority;
    this.isSeed = options.isSeed;
    this.#owner = options.owner;
    const { credentials } = options.security;
    const channelOptions = { ...CHANNEL_OPTIONS, ...options.security.options };
    this.kv = new KVClient(authority, credentials, channelOptions);
    this.#channel = this.kv.getChannel();
    const shared = { channelOverride: this.#channel };
    this.lease = new LeaseClient(authority, credentials, shared);
    this.watch = new WatchClient(authority, credentials, shared);
    this.cluster = new ClusterClient(authority, credentials, shared);
    this.#maintenance = new MaintenanceClient(authority, credentials, shared);
    this.#followConnection();
  }

  /** Target of the channel, as it says it. */
  get target(): string {
    return this.#channel.getTarget();
  }

  /** Runs a call once; what it says about the endpoint is noted. @throws ProvenderError `PROVENDER_CONFIG` when another cluster answers */
  async call<T extends EtcdAnswer>(start: StartCall<T>, limits: CallLimits): Promise<CallResult<T>> {
    this.outstanding++;
    try {
      return this.note(await callOnce(start, { ...limits, target: this.target }), limits.signal);
    } finally {
      this.outstanding--;
    }
  }

  /** Notes what a result says about the endpoint. @throws ProvenderError `PROVENDER_CONFIG` when another cluster has answered */
  note<T extends EtcdAnswer>(result: CallResult<T>, signal?: AbortSignal): CallResult<T> {
    if ('answer' in result) {
      this.#failures = 0;
      this.#owner.answered(this, result.answer.header);
    } else if (signal?.aborted !== true) {
      this.#failed(result.failure.code, result.failure.details);
    }
    return result;
  }

  /** Asks the member about itself, whether the endpoint is in use or not. */
  status(): Promise<CallResult<StatusResponse>> {
    return callOnce<StatusResponse>((...args) => this.#maintenance.status({}, ...args), {
      deadlineMs: STATUS_MS,
      target: this.target,
      leaderless: true,
    });
  }

  /** May be used from now on. */
  use(memberId: bigint): void {
    this.memberId = memberId;
    this.#failures = 0;
    this.isUsable = true;
  }

  /** Ends running calls. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.isUsable = false;
    this.#channel.close();
  }

  #failed(code: number, details: string): void {
    if (code === status.DEADLINE_EXCEEDED || details === 'etcdserver: no leader')
      this.#failures = MAX_FAILURES;
    else if (code === status.UNAVAILABLE || code === status.UNKNOWN || code === status.INTERNAL)
      this.#failures++;
    if (this.#failures >= MAX_FAILURES) this.#owner.lost(this, details);
  }

  #followConnection(): void {
    const state = this.#channel.getConnectivityState(false);
    this.#channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      if (this.#isClosed) return;
      if (this.isUsable && this.#channel.getConnectivityState(false) !== connectivityState.READY)
        this.#owner.lost(this, 'connection lost');
      this.#followConnection();
    });
  }
}
