import type {
  StatePage,
  StateRecord,
  StateStore,
  StateTxn,
  StateTxnResult,
} from '../../src/state/state-store.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';

/** Records in memory, for who needs `get`, `range` and transactions without conditions. It outlives the storer that is opened over it. */
export class MemoryState implements StateStore {
  readonly records = new Map<string, StateRecord>();
  #revision = 0n;

  get(key: string): Promise<StateRecord | undefined> {
    return Promise.resolve(this.records.get(key));
  }

  range(prefix: string): Promise<StatePage> {
    const keys = [...this.records.keys()].filter((key) => key.startsWith(prefix)).sort();
    return Promise.resolve({ records: keys.flatMap((key) => this.records.get(key) ?? []) });
  }

  txn(txn: StateTxn): Promise<StateTxnResult> {
    if (txn.compare !== undefined) return Promise.reject(unsupported());
    this.#revision += 1n;
    for (const step of txn.then ?? []) {
      if ('put' in step) {
        const revision = { createRevision: this.#revision, modRevision: this.#revision };
        this.records.set(step.put, { key: step.put, value: step.value, ...revision });
      } else if ('delete' in step) this.records.delete(step.delete);
    }
    return Promise.resolve({ succeeded: true, revision: this.#revision, records: [] });
  }

  grantLease(): Promise<never> {
    return Promise.reject(unsupported());
  }

  revokeLease(): Promise<never> {
    return Promise.reject(unsupported());
  }

  watch(): never {
    throw unsupported();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function unsupported(): ProvenderError {
  return new ProvenderError('PROVENDER_UNSUPPORTED', 'not in this memory');
}
