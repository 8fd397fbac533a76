import { randomBytes } from 'node:crypto';
import { ProvenderError } from '../../content/provender-error.ts';
import type { LeaseGrantResponse, LeaseRevokeResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import type { StateLease } from '../state-store.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { CallFailure } from './etcd-call.ts';
import { failureError, isLeaseGone } from './etcd-failures.ts';
import { keepAliveOnce } from './keep-alive.ts';
import { repeatUntilAnswered } from './repeatable.ts';

/** Renewals in the time of a lease. */
const RENEWALS = 3;
/** Pause when nobody could be asked. */
const RETRY_MS = 100;
const ALREADY = 'etcdserver: lease already exists';
/** Names as etcdctl shows them. */
const NAME = /^[0-9a-f]{1,16}$/;

/** What a lease is made with. */
export interface LeaseOptions {
  readonly pool: EndpointPool;
  readonly ttlMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when it has ended in any way. */
  readonly onEnd: (lease: EtcdLease) => void;
}

/**
 * A lease of etcd. Its time counts from before the last renewal that was answered was sent, on the clock of this process, which is monotonic: it
 * ends here before it can end there. After that its records are deleted at once where etcd can be reached.
 *
 * States: kept -> ended.
 */
export class EtcdLease implements StateLease {
  /** Its name in etcd. */
  readonly id: bigint;
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  #expiresAt: number;
  #renewal: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #revoked: Promise<void> | undefined;

  private constructor(id: bigint, sentAt: number, options: LeaseOptions) {
    this.id = id;
    this.#options = options;
    this.#expiresAt = sentAt + options.ttlMs;
    this.#schedule(sentAt + options.ttlMs / RENEWALS);
  }

  /** Grants one. Its name is chosen here, so that asking twice makes one lease. @throws ProvenderError `PROVENDER_UNAVAILABLE`, `PROVENDER_CANCELLED` */
  static async grant(options: LeaseOptions): Promise<EtcdLease> {
    const { pool, ttlMs, signal } = options;
    const id = BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()) + 1n;
    const sentAt = performance.now();
    const request = { ID: id, TTL: BigInt(Math.ceil(ttlMs / 1000)) };
    const what = 'granting a lease';
    const result = await repeatUntilAnswered(pool, {
      what,
      signal,
      run: (endpoint, limits) =>
        endpoint.call<LeaseGrantResponse>((...args) => endpoint.lease.leaseGrant(request, ...args), limits),
    });
    if ('failure' in result && result.failure.details !== ALREADY) throw failureError(result.failure, what);
    return new EtcdLease(id, sentAt, options);
  }

  get name(): string {
    return this.id.toString(16);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Tells whether a store granted it. @param pool - of that store */
  isOf(pool: EndpointPool): boolean {
    return this.#options.pool === pool;
  }

  /** Tells whether it may still bind records; notices that its time is over. */
  isKept(): boolean {
    if (!this.#stop.signal.aborted && performance.now() >= this.#expiresAt)
      this.#expired(`nobody could renew it for ${this.#options.ttlMs} ms`);
    return !this.#stop.signal.aborted;
  }

  /** Ends it here; etcd has ended it, or will by itself. */
  lose(why: string): void {
    if (!this.#end()) return;
    this.#lost.abort(new ProvenderError('PROVENDER_UNAVAILABLE', `lease lost: ${why}`));
  }

  /** @throws ProvenderError `PROVENDER_UNAVAILABLE` when etcd cannot be asked; it then ends by itself in its time */
  close(): Promise<void> {
    this.#end();
    this.#revoked ??= revokeLease(this.#options.pool, this.id);
    return this.#revoked;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @returns false when it had ended before */
  #end(): boolean {
    if (this.#stop.signal.aborted) return false;
    this.#stop.abort();
    clearTimeout(this.#renewal);
    clearTimeout(this.#expiry);
    this.#options.onEnd(this);
    return true;
  }

  #expired(why: string): void {
    this.lose(why);
    this.#revoked ??= revokeLease(this.#options.pool, this.id);
    // its records go by themselves as well, a little later
    this.#revoked.catch(() => undefined);
  }

  /** @param nextAt - time of the next renewal */
  #schedule(nextAt: number): void {
    clearTimeout(this.#expiry);
    const now = performance.now();
    this.#expiry = setTimeout(() => this.#look(), this.#expiresAt - now).unref();
    this.#renewal = setTimeout(() => void this.#renew(), Math.max(0, nextAt - now)).unref();
  }

  #look(): void {
    // timers run early by a fraction of a millisecond
    if (this.isKept()) this.#expiry = setTimeout(() => this.#look(), 1).unref();
  }

  /** Renews it. Where nobody answers this ends with its time. */
  async #renew(): Promise<void> {
    if (!this.isKept()) return;
    const { pool, ttlMs } = this.#options;
    let sentAt = performance.now();
    let nextAt = sentAt + RETRY_MS;
    try {
      const result = await repeatUntilAnswered(pool, {
        what: 'renewing a lease',
        totalMs: this.#expiresAt - sentAt,
        signal: this.#stop.signal,
        run: (endpoint, limits) => {
          sentAt = performance.now();
          return keepAliveOnce(endpoint, this.id, limits);
        },
      });
      if ('answer' in result && result.answer.TTL > 0n) {
        this.#expiresAt = sentAt + ttlMs;
        nextAt = sentAt + ttlMs / RENEWALS;
      } else if ('answer' in result || isLeaseGone(result.failure)) {
        return this.lose('etcd has ended it');
      }
    } catch {
      // no endpoint answered: its time decides, and whoever holds it hears of that
    }
    if (this.isKept()) this.#schedule(Math.max(nextAt, performance.now() + RETRY_MS));
  }
}

/** @throws ProvenderError `PROVENDER_INVALID` for what is no name of a lease */
export function leaseIdOf(name: string): bigint {
  const id = NAME.test(name) ? BigInt(`0x${name}`) : 0n;
  if (id < 1n || id >= 2n ** 63n)
    throw new ProvenderError('PROVENDER_INVALID', `lease ${JSON.stringify(name)}: not the name of a lease`);
  return id;
}

/** Ends a lease of that name; one that has ended is no error. Its name is never given again, so repeating is harmless. */
export async function revokeLease(pool: EndpointPool, id: bigint, signal?: AbortSignal): Promise<void> {
  const what = 'ending a lease';
  const result = await repeatUntilAnswered(pool, {
    what,
    signal,
    run: (endpoint, limits) =>
      endpoint.call<LeaseRevokeResponse>(
        (...args) => endpoint.lease.leaseRevoke({ ID: id }, ...args),
        limits,
      ),
  });
  const failure: CallFailure | undefined = 'failure' in result ? result.failure : undefined;
  if (failure !== undefined && !isLeaseGone(failure)) throw failureError(failure, what);
}
