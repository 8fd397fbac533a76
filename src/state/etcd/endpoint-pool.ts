import { ProvenderError } from '../../content/provender-error.ts';
import type { MemberListResponse, ResponseHeader } from '../../generated/etcd/etcdserverpb/rpc.ts';
import { announcedAddress, type EtcdAddress, parseEtcdEndpoint } from './etcd-address.ts';
import { channelSecurity, type EtcdTls } from './etcd-credentials.ts';
import { EtcdEndpoint, type EndpointOwner } from './etcd-endpoint.ts';
import type { EtcdEvents } from './etcd-events.ts';
import { MemberView } from './member-view.ts';
import { News } from './news.ts';

/** Time between two looks at endpoints that are not in use. */
const PROBE_MS = 500;
/** Time between two readings of the member list; the second holds while fewer than half of the endpoints can be used. */
const REFRESH_MS = 30_000;
const URGENT_REFRESH_MS = 2000;

/** What a pool is made of. */
export interface PoolOptions {
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  /** Time of one call. */
  readonly deadlineMs: number;
  readonly events: EtcdEvents;
}

/**
 * The endpoints of one cluster: which may be used, which of them leads. The leader is preferred, otherwise the one with the fewest calls; chance
 * has no part, since a paused member would then stall every third call.
 *
 * States: open -> closed; failed when an endpoint answers that belongs to another cluster.
 */
export class EndpointPool implements EndpointOwner {
  readonly #options: PoolOptions;
  readonly #endpoints = new Map<string, EtcdEndpoint>();
  readonly #view = new MemberView();
  readonly #probing = new Set<EtcdEndpoint>();
  readonly #news = new News();
  readonly #lostListeners = new Set<(endpoint: EtcdEndpoint) => void>();
  #timer: NodeJS.Timeout | undefined;
  #refreshedAt = 0;
  #isRefreshing = false;
  /** Since when no endpoint could be used. */
  #deadSince: number | undefined = performance.now();
  #lastTrouble = 'no answer yet';
  #failure: ProvenderError | undefined;

  /** @throws ProvenderError `PROVENDER_CONFIG` for endpoints or certificates that are no good */
  constructor(options: PoolOptions) {
    this.#options = options;
    const addresses = options.endpoints.map((text) => parseEtcdEndpoint(text, options.tls !== undefined));
    if (addresses.length === 0)
      throw new ProvenderError('PROVENDER_CONFIG', 'etcd: give at least one endpoint');
    for (const address of addresses) this.#add(address, true);
  }

  /** Time of one call. */
  get deadlineMs(): number {
    return this.#options.deadlineMs;
  }

  /** The newest revision that any answer has told. */
  get revision(): bigint {
    return this.#view.revision;
  }

  /** Asks all endpoints who they are. @throws ProvenderError `PROVENDER_UNAVAILABLE` when none can be used, `PROVENDER_CONFIG` when they belong to different clusters */
  async open(limitMs: number): Promise<void> {
    this.#timer = setInterval(() => this.#tick(), PROBE_MS).unref();
    await Promise.all([...this.#endpoints.values()].map((endpoint) => this.#probe(endpoint)));
    const until = performance.now() + limitMs;
    while (this.pick() === undefined && performance.now() < until)
      await this.#news.wait({ limitMs: until - performance.now() });
    if (this.pick() === undefined) throw this.nobody('opening the state store');
    await this.#refresh();
  }

  /** @throws ProvenderError `PROVENDER_CONFIG` after an answer of another cluster */
  pick(avoid?: ReadonlySet<EtcdEndpoint>): EtcdEndpoint | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    let best: EtcdEndpoint | undefined;
    for (const endpoint of this.#endpoints.values()) {
      if (!endpoint.isUsable || avoid?.has(endpoint) === true) continue;
      if (endpoint.memberId === this.#view.leader) return endpoint;
      if (best === undefined || endpoint.outstanding < best.outstanding) best = endpoint;
    }
    return best;
  }

  /**
   * Waits for an endpoint that can be used. When there has been none for the time of a call, nothing is waited for.
   * @returns undefined when there is none
   */
  async usable(until: number, signal?: AbortSignal): Promise<EtcdEndpoint | undefined> {
    for (;;) {
      const endpoint = this.pick();
      if (endpoint !== undefined || signal?.aborted === true) return endpoint;
      const dead = (this.#deadSince ?? performance.now()) + this.#options.deadlineMs;
      const leftMs = Math.min(until, dead) - performance.now();
      if (leftMs <= 0) return undefined;
      await this.#news.wait({ limitMs: leftMs, signal });
    }
  }

  /** The error for a call that found no endpoint. */
  nobody(what: string): ProvenderError {
    const all = [...this.#endpoints.keys()].join(', ');
    return new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `${what}: no etcd endpoint of ${all} can be used (last: ${this.#lastTrouble}); nothing was written`,
    );
  }

  /** Calls back when an endpoint must not be used any more. */
  onLost(listener: (endpoint: EtcdEndpoint) => void): void {
    this.#lostListeners.add(listener);
  }

  answered(endpoint: EtcdEndpoint, header: ResponseHeader | undefined): void {
    if (header === undefined) return;
    if (this.#view.accept(header) === 'foreign') throw this.#fail(endpoint, header.clusterId);
    if (header.memberId !== 0n) endpoint.memberId = header.memberId;
    if (this.#view.leader === undefined) void this.#look();
  }

  lost(endpoint: EtcdEndpoint, reason: string): void {
    this.#lastTrouble = `${endpoint.address}: ${reason}`;
    if (!endpoint.isUsable) return;
    for (const other of this.#endpoints.values()) {
      // a member under another name is as silent as under this one
      const isSame =
        other === endpoint || (other.memberId !== undefined && other.memberId === endpoint.memberId);
      if (!isSame || !other.isUsable) continue;
      other.isUsable = false;
      this.#options.events.ejected(other.address, reason);
      for (const listener of this.#lostListeners) listener(other);
    }
    if (this.#usableCount() === 0) this.#deadSince = performance.now();
    void this.#refresh();
  }

  /** Ends all calls. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#failure ??= new ProvenderError('PROVENDER_CLOSED', 'the state store is closed');
    for (const endpoint of this.#endpoints.values()) endpoint.close();
    this.#news.ring();
  }

  #add(address: EtcdAddress, isSeed: boolean): EtcdEndpoint | undefined {
    if (this.#endpoints.has(address.authority)) return undefined;
    const security = channelSecurity(address.host, this.#options.tls);
    const endpoint = new EtcdEndpoint(address, { isSeed, security, owner: this });
    this.#endpoints.set(address.authority, endpoint);
    return endpoint;
  }

  #usableCount(): number {
    let count = 0;
    for (const { isUsable } of this.#endpoints.values()) if (isUsable) count++;
    return count;
  }

  #tick(): void {
    for (const endpoint of this.#endpoints.values()) if (!endpoint.isUsable) void this.#probe(endpoint);
    const isUrgent = this.#usableCount() * 2 < this.#endpoints.size;
    if (performance.now() - this.#refreshedAt > (isUrgent ? URGENT_REFRESH_MS : REFRESH_MS))
      void this.#refresh();
  }

  /** Asks an endpoint that is not in use whether it can be. */
  async #probe(endpoint: EtcdEndpoint): Promise<void> {
    if (this.#failure !== undefined || this.#probing.has(endpoint)) return;
    this.#probing.add(endpoint);
    try {
      const hurdle = await this.#ask(endpoint);
      if (hurdle !== undefined) this.#lastTrouble = `${endpoint.address}: ${hurdle}`;
    } finally {
      this.#probing.delete(endpoint);
    }
  }

  /** @returns why it cannot be used */
  async #ask(endpoint: EtcdEndpoint): Promise<string | undefined> {
    // how far the others are now, not when they were last asked
    await this.#look();
    const result = await endpoint.status();
    if ('failure' in result) return result.failure.details;
    const { answer } = result;
    const { header } = answer;
    if (header === undefined || !this.#endpoints.has(endpoint.address)) return 'an answer without header';
    if (this.#view.accept(header) === 'foreign') {
      this.#fail(endpoint, header.clusterId);
      return 'another cluster';
    }
    const hurdle = this.#view.judge(answer);
    if (hurdle !== undefined || endpoint.isUsable) return hurdle;
    endpoint.use(header.memberId);
    this.#deadSince = undefined;
    this.#options.events.returned(endpoint.address);
    this.#news.ring();
    return undefined;
  }

  /** Asks those in use for the leader and how far it is. */
  async #look(): Promise<void> {
    const endpoint = this.#failure === undefined ? this.pick() : undefined;
    if (endpoint === undefined || this.#probing.has(endpoint)) return;
    this.#probing.add(endpoint);
    try {
      const result = await endpoint.status();
      if ('failure' in result) return this.lost(endpoint, result.failure.details);
      this.#view.judge(result.answer);
    } finally {
      this.#probing.delete(endpoint);
    }
  }

  /** Reads who belongs to the cluster. Seeds stay, and so do all when nobody answers. */
  async #refresh(): Promise<void> {
    const endpoint = this.#failure === undefined ? this.pick() : undefined;
    if (endpoint === undefined || this.#isRefreshing) return;
    this.#isRefreshing = true;
    this.#refreshedAt = performance.now();
    try {
      const limits = { deadlineMs: this.#options.deadlineMs };
      const result = await endpoint.call<MemberListResponse>(
        (...args) => endpoint.cluster.memberList({}, ...args),
        limits,
      );
      if ('answer' in result) this.#follow(result.answer);
    } catch (error) {
      // an answer of another cluster: the store has failed, and every call says so
      if (this.#failure === undefined) throw error;
    } finally {
      this.#isRefreshing = false;
    }
  }

  #follow({ members }: MemberListResponse): void {
    const isTls = this.#options.tls !== undefined;
    const announced = new Set<string>();
    for (const { clientURLs, isLearner } of members) {
      const addresses = clientURLs.flatMap((url) => announcedAddress(url, isTls) ?? []);
      if (isLearner) continue;
      for (const { authority } of addresses) announced.add(authority);
      const [first] = addresses;
      if (first === undefined || addresses.some(({ authority }) => this.#endpoints.has(authority))) continue;
      const endpoint = this.#add(first, false);
      if (endpoint !== undefined) void this.#probe(endpoint);
    }
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.isSeed || announced.has(endpoint.address)) continue;
      this.lost(endpoint, 'not a voter of the cluster any more');
      this.#endpoints.delete(endpoint.address);
      endpoint.close();
    }
  }

  #fail(endpoint: EtcdEndpoint, clusterId: bigint): ProvenderError {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = new ProvenderError(
      'PROVENDER_CONFIG',
      `etcd endpoint ${endpoint.address} belongs to cluster ${clusterId.toString(16)}, the state store to ${this.#view.clusterId?.toString(16)}: mend the list of endpoints, then start again`,
    );
    this.#options.events.fatal(this.#failure);
    for (const one of this.#endpoints.values()) {
      one.isUsable = false;
      for (const listener of this.#lostListeners) listener(one);
    }
    this.#news.ring();
    return this.#failure;
  }
}
