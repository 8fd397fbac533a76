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
  StateCompare,
  StateLease,
  StateOptions,
  StatePage,
  StateRecord,
  StateStep,
  StateStore,
  StateTxn,
  StateTxnResult,
} from '../state-store.ts';
import { LevelLease } from './level-lease.ts';
import { StateTables } from './state-tables.ts';
import { TxnQueue } from './txn-queue.ts';
import { WatchHistory } from './watch-history.ts';

/** How a store is opened. */
export interface LevelStateOptions {
  /** Folder of its own; made when it is not there. One process at a time has it. */
  readonly directory: string;
  /** What watches may look back on: transactions and bytes of values; 10,000 and 16 MiB unless told. It ends with the process. */
  readonly history?: { readonly entries?: number; readonly bytes?: number };
}

/** The embedded state store: one LevelDB, one process, every transaction synced to the disk. @see payment-channels.md, section 4 */
export class LevelStateStore implements StateStore {
  readonly #tables: StateTables;
  readonly #queue: TxnQueue;
  readonly #history: WatchHistory;
  readonly #leases = new Set<LevelLease>();
  readonly #lifetime: Lifetime;

  private constructor(tables: StateTables, revision: bigint, { directory, history }: LevelStateOptions) {
    this.#tables = tables;
    this.#lifetime = new Lifetime(`state store ${directory}`);
    this.#history = new WatchHistory(revision + 1n, history);
    this.#queue = new TxnQueue({ store: this, directory, tables, history: this.#history, revision });
  }

  /**
   * Opens or makes a store, and deletes records that were bound to leases: whoever held them is gone.
   * @throws ProvenderError `PROVENDER_CONFIG` when another process has the folder or it cannot be used, `PROVENDER_CORRUPT` when it is damaged
   */
  static async open(options: LevelStateOptions): Promise<LevelStateStore> {
    const tables = await StateTables.open(options.directory);
    try {
      let revision = await tables.revision();
      const leased = await tables.leasedKeys();
      if (leased.length > 0) {
        revision++;
        const records = new Map(leased.map((key) => [key, undefined]));
        await tables.write({ revision, records, leased: new Set() });
      }
      return new LevelStateStore(tables, revision, options);
    } catch (error) {
      await tables.close();
      throw error;
    }
  }

  get(key: string, options?: StateOptions): Promise<StateRecord | undefined> {
    return this.#call(options, () => {
      checkStateKey(key);
      return this.#tables.get(key);
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
      const { records, more } = await this.#tables.page(prefix, limit, cursor);
      const last = records.at(-1);
      return more && last !== undefined ? { records, next: last.key } : { records };
    });
  }

  txn(txn: StateTxn, options?: StateOptions): Promise<StateTxnResult> {
    return this.#call(options, () => {
      checkStateTxn(txn);
      return this.#queue.run(ownCopy(txn), options?.signal);
    });
  }

  grantLease(ttlMs: number, options?: StateOptions): Promise<StateLease> {
    return this.#call(options, async () => {
      checkLeaseTtl(ttlMs);
      const onEnd = async (ended: LevelLease): Promise<void> => {
        this.#leases.delete(ended);
        await this.#queue.endLease(ended);
      };
      const lease = new LevelLease({ store: this, ttlMs, onEnd });
      this.#leases.add(lease);
      return lease;
    });
  }

  revokeLease(name: string, options?: StateOptions): Promise<void> {
    return this.#call(options, async () => {
      const lease = [...this.#leases].find((one) => one.name === name);
      await lease?.lose(new ProvenderError('PROVENDER_UNAVAILABLE', 'lease lost: it was revoked'));
    });
  }

  watch(
    prefix: string,
    query: { readonly fromRevision?: bigint },
    options?: StateOptions,
  ): AsyncIterable<readonly StateChange[]> {
    // what comes after this call counts, not what comes after the first look at the iterator
    return this.#watch(prefix, query.fromRevision ?? this.#queue.revision + 1n, options?.signal);
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      const closed = new ProvenderError('PROVENDER_CLOSED', 'the state store was closed');
      try {
        await Promise.all([...this.#leases].map((lease) => lease.lose(closed)));
      } finally {
        this.#history.end();
        await this.#tables.close();
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#watch(
    prefix: string,
    from: bigint,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly StateChange[]> {
    checkStatePrefix(prefix);
    if (from < 1n)
      throw new ProvenderError('PROVENDER_INVALID', `watch from revision ${from}: the first one is 1`);
    yield* this.#history.watch(prefix, from, signal);
  }

  #call<T>(options: StateOptions | undefined, task: () => Promise<T>): Promise<T> {
    return this.#lifetime.run(() => {
      if (options?.signal?.aborted === true)
        throw new ProvenderError('PROVENDER_CANCELLED', 'call of the state store cancelled', {
          cause: options.signal.reason,
        });
      this.#queue.assertUsable();
      return task();
    });
  }
}

/** A transaction whose bytes the caller may change afterwards. */
function ownCopy({ compare = [], then = [], else: otherwise = [] }: StateTxn): StateTxn {
  const step = (one: StateStep): StateStep => ('put' in one ? { ...one, value: one.value.slice() } : one);
  const condition = (one: StateCompare): StateCompare =>
    'value' in one ? { ...one, value: one.value.slice() } : one;
  return { compare: compare.map(condition), then: then.map(step), else: otherwise.map(step) };
}
