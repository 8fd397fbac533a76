import { ProvenderError } from '../../content/provender-error.ts';
import type { StateCompare, StateRecord, StateStep, StateTxn, StateTxnResult } from '../state-store.ts';
import { LevelLease } from './level-lease.ts';
import { decodeStored } from './stored-record.ts';
import type { HistoryEntry } from './watch-history.ts';

/** What a group starts from. */
export interface GroupBase {
  /** The store, whose leases count. */
  readonly store: object;
  /** Of the last write. */
  readonly revision: bigint;
  /** Stored bytes of every key that the group may touch. */
  readonly stored: ReadonlyMap<string, Uint8Array | undefined>;
  /** By key: the lease that it is bound to. The group changes it. */
  readonly leases: Map<string, LevelLease>;
}

/** Transactions that are written together, each run on what those before it left. Pure memory: nothing is written here. */
export class TxnGroup {
  readonly #base: GroupBase;
  /** Records that were read or written, as the transactions so far leave them. */
  readonly #records = new Map<string, StateRecord | undefined>();
  /** Transactions that write, in order. */
  readonly entries: HistoryEntry[] = [];

  constructor(base: GroupBase) {
    this.#base = base;
  }

  /** Of the store after the transactions so far. */
  get revision(): bigint {
    return this.#base.revision + BigInt(this.entries.length);
  }

  /** What the group leaves of the keys it wrote. */
  written(): Map<string, StateRecord | undefined> {
    const written = new Map<string, StateRecord | undefined>();
    for (const { records } of this.entries) for (const [key, record] of records) written.set(key, record);
    return written;
  }

  /**
   * Runs one transaction; one that fails changes nothing.
   * @throws ProvenderError `PROVENDER_CORRUPT` for a damaged record, `PROVENDER_CONFLICT` for a lease that has ended, `PROVENDER_INVALID` for a foreign one
   */
  run({ compare = [], then = [], else: otherwise = [] }: StateTxn): StateTxnResult {
    const succeeded = compare.every((condition) => holds(condition, this.#lookup(condition.key)));
    const steps = succeeded ? then : otherwise;
    for (const step of steps) if ('put' in step && step.lease !== undefined) this.#checkLease(step.lease);
    const changed = new Map<string, StateRecord | undefined>();
    const records: (StateRecord | undefined)[] = [];
    for (const step of steps) this.#step(step, changed, records);
    for (const step of steps) this.#bind(step);
    this.#commit(changed);
    return { succeeded, revision: this.revision, records };
  }

  /** Deletes what is bound to a lease. */
  dropLease(lease: LevelLease): void {
    const changed = new Map<string, StateRecord | undefined>();
    for (const [key, holder] of this.#base.leases) {
      if (holder !== lease) continue;
      changed.set(key, undefined);
      this.#base.leases.delete(key);
    }
    this.#commit(changed);
  }

  #lookup(key: string): StateRecord | undefined {
    if (this.#records.has(key)) return this.#records.get(key);
    const bytes = this.#base.stored.get(key);
    const record = bytes === undefined ? undefined : decodeStored(key, bytes);
    this.#records.set(key, record);
    return record;
  }

  #step(
    step: StateStep,
    changed: Map<string, StateRecord | undefined>,
    records: (StateRecord | undefined)[],
  ): void {
    const now = (key: string): StateRecord | undefined =>
      changed.has(key) ? changed.get(key) : this.#lookup(key);
    if ('get' in step) {
      const record = now(step.get);
      records.push(record && { ...record, value: record.value.slice() });
    } else if ('delete' in step) {
      if (now(step.delete) !== undefined) changed.set(step.delete, undefined);
    } else {
      const modRevision = this.revision + 1n;
      const createRevision = now(step.put)?.createRevision ?? modRevision;
      changed.set(step.put, { key: step.put, value: step.value, createRevision, modRevision });
    }
  }

  #checkLease(lease: unknown): void {
    if (!(lease instanceof LevelLease) || lease.store !== this.#base.store)
      throw new ProvenderError('PROVENDER_INVALID', 'the lease was not granted by this state store');
    if (!lease.isKept())
      throw new ProvenderError('PROVENDER_CONFLICT', 'the lease has ended: grant a new one, then repeat');
  }

  #bind(step: StateStep): void {
    if ('get' in step) return;
    if ('put' in step && step.lease instanceof LevelLease) this.#base.leases.set(step.put, step.lease);
    else this.#base.leases.delete('put' in step ? step.put : step.delete);
  }

  #commit(changed: ReadonlyMap<string, StateRecord | undefined>): void {
    if (changed.size === 0) return;
    for (const [key, record] of changed) this.#records.set(key, record);
    this.entries.push({ revision: this.revision + 1n, records: changed });
  }
}

function holds(condition: StateCompare, record: StateRecord | undefined): boolean {
  if ('value' in condition) return record !== undefined && equal(record.value, condition.value);
  if ('createRevision' in condition) return (record?.createRevision ?? 0n) === condition.createRevision;
  return (record?.modRevision ?? 0n) === condition.modRevision;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
