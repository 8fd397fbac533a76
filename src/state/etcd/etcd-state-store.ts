import { Lifetime } from '../../content/lifetime.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import {
  checkLeaseTtl,
  checkStateKey,
  checkStatePage,
  checkStatePrefix,
  checkStateTxn,
  MAX_STATE_PAGE,
} from '../state-limits.ts';
import type {
  StateChange,
  StateLease,
  StateOptions,
  StatePage,
  StateRecord,
  StateStore,
  StateTxn,
  StateTxnResult,
} from '../state-store.ts';
import { EndpointPool } from './endpoint-pool.ts';
import type { EtcdTls } from './etcd-credentials.ts';
import { type EtcdEvents, NO_ETCD_EVENTS } from './etcd-events.ts';
import { EtcdLease, leaseIdOf, revokeLease } from './etcd-lease.ts';
import { readPage, readRecord } from './etcd-range.ts';
import { runTxn } from './etcd-txn.ts';
import { throwIfAborted, TOTAL_MS } from './repeatable.ts';
import { TxnGroups } from './txn-groups.ts';
import { WatchHub } from './watch-hub.ts';

const DEADLINE_MS = 1500;

/** How a store is opened. */
export interface EtcdStateOptions {
  /** `host:port`, `http://host:port` or `https://host:port`; the others of the cluster are found through them. */
  readonly endpoints: readonly string[];
  /** Needed when the cluster speaks TLS. */
  readonly tls?: EtcdTls;
  /** Time of one call; 1500 ms unless told. */
  readonly deadlineMs?: number;
  readonly events?: EtcdEvents;
}

/**
 * The state store that replicas share: a cluster of etcd 3.4.21 or later.
 *
 * - A transaction is sent once. When its outcome is unclear it ends with `PROVENDER_AMBIGUOUS`, and it may be applied later than that.
 * - Calls that cannot harm twice, and what was certainly not sent, go to another endpoint, within 5 s.
 * - All that goes to one endpoint at once shares a revision; a watch then gives it as one batch.
 * - A watch without a first revision begins behind the newest that this store had heard of, so that nothing after the call is missed.
 *
 * @see etcd-cluster.md, section 8
 */
export class EtcdStateStore implements StateStore {
  readonly #pool: EndpointPool;
  readonly #groups: TxnGroups;
  readonly #watches: WatchHub;
  readonly #leases = new Map<bigint, EtcdLease>();
  readonly #lifetime: Lifetime;

  private constructor(pool: EndpointPool, endpoints: readonly string[]) {
    this.#pool = pool;
    this.#groups = new TxnGroups(pool);
    this.#watches = new WatchHub(pool);
    this.#lifetime = new Lifetime(`state store at etcd ${endpoints.join(', ')}`);
  }

  /**
   * Connects to a cluster and learns who leads it.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when no endpoint can be used within 5 s, `PROVENDER_CONFIG` for endpoints, certificates or
   * clusters that do not fit
   */
  static async open(options: EtcdStateOptions): Promise<EtcdStateStore> {
    const { endpoints, tls, deadlineMs = DEADLINE_MS, events = NO_ETCD_EVENTS } = options;
    const pool = new EndpointPool({ endpoints, tls, deadlineMs, events });
    try {
      await pool.open(TOTAL_MS);
    } catch (error) {
      pool.close();
      throw error;
    }
    return new EtcdStateStore(pool, endpoints);
  }

  get(key: string, options?: StateOptions): Promise<StateRecord | undefined> {
    return this.#call(options, async () => {
      checkStateKey(key);
      return readRecord(this.#pool, key, options?.signal);
    });
  }

  range(
    prefix: string,
    query: { readonly limit?: number; readonly cursor?: string } = {},
    options?: StateOptions,
  ): Promise<StatePage> {
    return this.#call(options, async () => {
      const { limit = MAX_STATE_PAGE, cursor } = query;
      checkStatePrefix(prefix);
      checkStatePage(limit);
      if (cursor !== undefined) checkStatePrefix(cursor);
      return readPage(this.#pool, { prefix, limit, cursor, signal: options?.signal });
    });
  }

  txn(txn: StateTxn, options?: StateOptions): Promise<StateTxnResult> {
    return this.#call(options, async () => {
      checkStateTxn(txn);
      const parts = {
        pool: this.#pool,
        groups: this.#groups,
        leaseId: (lease: StateLease) => this.#leaseId(lease),
      };
      return runTxn(parts, txn, options?.signal);
    });
  }

  grantLease(ttlMs: number, options?: StateOptions): Promise<StateLease> {
    return this.#call(options, async () => {
      checkLeaseTtl(ttlMs);
      const onEnd = (lease: EtcdLease): void => void this.#leases.delete(lease.id);
      const lease = await EtcdLease.grant({ pool: this.#pool, ttlMs, signal: options?.signal, onEnd });
      this.#leases.set(lease.id, lease);
      return lease;
    });
  }

  revokeLease(name: string, options?: StateOptions): Promise<void> {
    return this.#call(options, async () => {
      const id = leaseIdOf(name);
      await revokeLease(this.#pool, id, options?.signal);
      this.#leases.get(id)?.lose('it was revoked');
    });
  }

  watch(
    prefix: string,
    query: { readonly fromRevision?: bigint },
    options?: StateOptions,
  ): AsyncIterable<readonly StateChange[]> {
    return this.#watch(
      this.#watches.watch(prefix, query.fromRevision),
      { prefix, ...query },
      options?.signal,
    );
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      try {
        await Promise.all([...this.#leases.values()].map((lease) => lease.close()));
      } finally {
        this.#watches.end();
        this.#pool.close();
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#watch(
    watch: ReturnType<WatchHub['watch']>,
    { prefix, fromRevision }: { readonly prefix: string; readonly fromRevision?: bigint },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly StateChange[]> {
    checkStatePrefix(prefix);
    if (fromRevision !== undefined && fromRevision < 1n)
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `watch from revision ${fromRevision}: the first one is 1`,
      );
    yield* watch.batches(signal);
  }

  #leaseId(lease: StateLease): bigint {
    if (!(lease instanceof EtcdLease) || !lease.isOf(this.#pool))
      throw new ProvenderError('PROVENDER_INVALID', 'the lease was not granted by this state store');
    if (!lease.isKept())
      throw new ProvenderError('PROVENDER_CONFLICT', 'the lease has ended: grant a new one, then repeat');
    return lease.id;
  }

  #call<T>(options: StateOptions | undefined, task: () => Promise<T>): Promise<T> {
    return this.#lifetime.run(() => {
      throwIfAborted(options?.signal, 'call of the state store');
      return task();
    });
  }
}
