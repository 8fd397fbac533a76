import { ProvenderError } from '../../src/content/provender-error.ts';
import type {
  StateChange,
  StateLease,
  StateOptions,
  StatePage,
  StateRecord,
  StateStore,
  StateTxn,
  StateTxnResult,
} from '../../src/state/state-store.ts';

/**
 * What becomes of a transaction: `lost`: it never arrives; `unanswered`: it is applied; `late`: it is applied when the test says so. All three look
 * the same to the caller. `refused`: the store says that it was not applied. `hanging`: as `late`, and
 * its caller gets no answer at all.
 */
export type Fate = 'ok' | 'lost' | 'unanswered' | 'late' | 'refused' | 'hanging';

/** Chooses what becomes of a transaction. */
export type Faults = (txn: StateTxn) => Fate;

/** One client's way to a real store, with faults between them. What is applied is applied by the real store, once. */
export class FaultyState implements StateStore {
  readonly #store: StateStore;
  /** Of transactions. */
  faults: Faults = () => 'ok';
  /** Of reads by `get` and `range`. */
  readFault: () => 'ok' | 'refused' = () => 'ok';
  /** A watch from an old revision finds that the history is gone. */
  isCompacted = false;
  /** The next lease does not end when its owner first asks for it. */
  isCloseLost = false;
  /** Every transaction that was sent, in order. */
  readonly sent: StateTxn[] = [];
  readonly #late: StateTxn[] = [];
  readonly #leases: StateLease[] = [];
  #running = 0;
  #paused: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Requests that the real store has not answered yet. */
  get running(): number {
    return this.#running;
  }

  /** Transactions that wait to be applied late. */
  get late(): number {
    return this.#late.length;
  }

  /** Applies one that waits, the oldest unless told; what the store answers reaches nobody. */
  async applyLate(at = 0): Promise<void> {
    const [txn] = this.#late.splice(at, 1);
    if (txn !== undefined) await this.#store.txn(txn).catch(() => undefined);
  }

  /** Requests wait at this client from here on, as those of a stopped process do. */
  pause(): void {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#paused ??= { over, end };
  }

  resume(): void {
    this.#paused?.end();
    this.#paused = undefined;
  }

  /** Ends the leases of this client at the store, as their time would. */
  async endLeases(): Promise<void> {
    for (const { name } of this.#leases.splice(0)) await this.#store.revokeLease(name);
  }

  async get(key: string, options?: StateOptions): Promise<StateRecord | undefined> {
    await this.#reading();
    return this.#ask(() => this.#store.get(key, options));
  }

  async range(
    prefix: string,
    query?: { readonly limit?: number; readonly cursor?: string },
    options?: StateOptions,
  ): Promise<StatePage> {
    await this.#reading();
    return this.#ask(() => this.#store.range(prefix, query, options));
  }

  async txn(txn: StateTxn, options?: StateOptions): Promise<StateTxnResult> {
    await this.#paused?.over;
    this.sent.push(txn);
    const fate = this.faults(txn);
    if (fate === 'ok') return this.#ask(() => this.#store.txn(txn, options));
    if (fate === 'refused') throw unavailable();
    if (fate === 'late' || fate === 'hanging') this.#late.push(txn);
    if (fate === 'hanging') return new Promise(() => undefined);
    if (fate === 'unanswered') await this.#ask(() => this.#store.txn(txn, options));
    throw new ProvenderError('PROVENDER_AMBIGUOUS', 'no answer: the transaction may have been applied');
  }

  async grantLease(ttlMs: number, options?: StateOptions): Promise<StateLease> {
    await this.#reading();
    const lease = await this.#ask(() => this.#store.grantLease(ttlMs, options));
    this.#leases.push(lease);
    if (this.isCloseLost) loseClose(lease);
    this.isCloseLost = false;
    return lease;
  }

  async revokeLease(name: string, options?: StateOptions): Promise<void> {
    await this.#reading();
    await this.#ask(() => this.#store.revokeLease(name, options));
  }

  async *watch(
    prefix: string,
    query: { readonly fromRevision?: bigint },
    options?: StateOptions,
  ): AsyncGenerator<readonly StateChange[]> {
    if (query.fromRevision !== undefined && this.isCompacted)
      throw new ProvenderError('PROVENDER_CONFLICT', 'that history is gone');
    for await (const changes of this.#store.watch(prefix, query, options)) {
      await this.#paused?.over;
      yield changes;
    }
  }

  /** The store outlives its clients. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await request();
    } finally {
      this.#running--;
    }
  }

  async #reading(): Promise<void> {
    await this.#paused?.over;
    if (this.readFault() === 'refused') throw unavailable();
  }
}

/** The lease itself has to be the one of the store, which knows its own. */
function loseClose(lease: StateLease): void {
  const close = lease.close.bind(lease);
  lease.close = () => {
    lease.close = close;
    return Promise.reject(unavailable());
  };
}

function unavailable(): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', 'the state store does not answer; nothing was written');
}
