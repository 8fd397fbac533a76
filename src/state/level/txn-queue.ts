import { ProvenderError } from '../../content/provender-error.ts';
import { keyOfStep } from '../state-limits.ts';
import type { StateTxn, StateTxnResult } from '../state-store.ts';
import { refusal, writeError } from './level-errors.ts';
import type { LevelLease } from './level-lease.ts';
import type { StateTables } from './state-tables.ts';
import { TxnGroup } from './txn-group.ts';
import type { WatchHistory } from './watch-history.ts';

/** Limits of what is written by one batch, and of what may wait. */
const MAX_GROUP = 128;
const MAX_GROUP_BYTES = 8 * 2 ** 20;
const MAX_WAITING = 10_000;

interface Job {
  readonly what: { readonly txn: StateTxn } | { readonly end: LevelLease };
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: StateTxnResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What the queue works on. */
export interface QueueParts {
  /** The store, whose leases count. */
  readonly store: object;
  readonly directory: string;
  readonly tables: StateTables;
  readonly history: WatchHistory;
  /** Of the last write. */
  readonly revision: bigint;
}

/**
 * Runs transactions in the order they come. Those that wait while the disk syncs are written together by the next batch: each still sees what the
 * one before it left, and is answered when it is on the disk.
 *
 * After a write that failed nothing is known about what is on the disk, so everything is refused from then on.
 */
export class TxnQueue {
  readonly #parts: QueueParts;
  readonly #leases = new Map<string, LevelLease>();
  readonly #waiting: Job[] = [];
  #revision: bigint;
  #draining = false;
  #failure: ProvenderError | undefined;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#revision = parts.revision;
  }

  /** Of the last transaction that was answered. */
  get revision(): bigint {
    return this.#revision;
  }

  /** @throws ProvenderError `PROVENDER_UNAVAILABLE` after a write that failed */
  assertUsable(): void {
    if (this.#failure !== undefined) throw refusal(this.#failure, this.#parts.directory);
  }

  run(txn: StateTxn, signal?: AbortSignal): Promise<StateTxnResult> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(
        new ProvenderError('PROVENDER_UNAVAILABLE', `${MAX_WAITING} state transactions wait: repeat later`),
      );
    return this.#add({ txn }, signal);
  }

  /** Deletes the records of a lease. */
  async endLease(lease: LevelLease): Promise<void> {
    await this.#add({ end: lease }, undefined);
  }

  #add(what: Job['what'], signal: AbortSignal | undefined): Promise<StateTxnResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ what, signal, resolve, reject });
      if (this.#draining) return;
      this.#draining = true;
      // `drain` hands every error to the job that it is about.
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    // what one caller starts at once goes into one group
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const jobs = this.#take();
      try {
        await this.#runGroup(jobs);
      } catch (error) {
        for (const { reject } of jobs) reject(error);
      }
    }
    this.#draining = false;
  }

  #take(): Job[] {
    let bytes = 0;
    let count = 0;
    for (const { what } of this.#waiting) {
      bytes += 'txn' in what ? bytesOf(what.txn) : 0;
      if (count > 0 && (count >= MAX_GROUP || bytes > MAX_GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #runGroup(jobs: readonly Job[]): Promise<void> {
    this.assertUsable();
    const stored = await this.#load(jobs);
    const group = new TxnGroup({
      store: this.#parts.store,
      revision: this.#revision,
      stored,
      leases: this.#leases,
    });
    const answers = jobs.flatMap((job) => evaluate(group, job));
    await this.#write(group);
    for (const answer of answers) answer();
  }

  async #load(jobs: readonly Job[]): Promise<ReadonlyMap<string, Uint8Array | undefined>> {
    const keys = [...new Set(jobs.flatMap(({ what }) => ('txn' in what ? keysOf(what.txn) : [])))];
    const values = keys.length === 0 ? [] : await this.#parts.tables.getMany(keys);
    return new Map(keys.map((key, i) => [key, values[i]]));
  }

  async #write(group: TxnGroup): Promise<void> {
    if (group.entries.length === 0) return;
    const records = group.written();
    const leased = new Set([...records.keys()].filter((key) => this.#leases.has(key)));
    try {
      await this.#parts.tables.write({ revision: group.revision, records, leased });
    } catch (error) {
      this.#failure = writeError(error, this.#parts.directory);
      this.#parts.history.end(refusal(this.#failure, this.#parts.directory));
      throw this.#failure;
    }
    this.#revision = group.revision;
    for (const entry of group.entries) this.#parts.history.append(entry);
  }
}

/** Runs a job in memory; gives what answers it once the group is on the disk. */
function evaluate(group: TxnGroup, { what, signal, resolve, reject }: Job): (() => void)[] {
  try {
    if ('end' in what) {
      group.dropLease(what.end);
      return [() => resolve({ succeeded: true, revision: group.revision, records: [] })];
    }
    if (signal?.aborted === true)
      throw new ProvenderError('PROVENDER_CANCELLED', 'state transaction cancelled while it waited', {
        cause: signal.reason,
      });
    const result = group.run(what.txn);
    return [() => resolve(result)];
  } catch (error) {
    reject(error);
    return [];
  }
}

function keysOf({ compare = [], then = [], else: otherwise = [] }: StateTxn): string[] {
  return [...compare.map(({ key }) => key), ...[...then, ...otherwise].map(keyOfStep)];
}

function bytesOf({ then = [], else: otherwise = [] }: StateTxn): number {
  let bytes = 0;
  for (const step of [...then, ...otherwise]) bytes += 'put' in step ? step.value.length : 0;
  return bytes;
}
