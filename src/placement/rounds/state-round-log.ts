import { compareBytes } from '../../content/object-id.ts';
import { sha256 } from '../../content/kernels.ts';
import { Lifetime } from '../../content/lifetime.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { StateStep, StateStore } from '../../state/state-store.ts';
import type { Genesis } from '../registry/genesis.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import type { Chain } from './chain.ts';
import { decodeRound } from './round.ts';
import type { RoundEvents } from './round-events.ts';
import type { LoggedRound, LogHead, RoundLog } from './round-log.ts';
import { HEAD_KEY, hashKey, roundKey, StoredRounds } from './stored-rounds.ts';

const PENDING = 'waiting/';
/** Records that wait; more are refused. */
const MAX_PENDING = 1000;
/** Records of one round: what a transaction of 128 steps can take from those that wait, with the round and the head. */
export const MAX_CHOSEN = 120;

/** What a log needs. */
export interface StateRoundLogOptions {
  /** Stays the caller's, and stays open as long as the log. */
  readonly store: StateStore;
  readonly genesis: Genesis;
  readonly events?: RoundEvents;
}

function pendingKey(record: Uint8Array): string {
  return hashKey(PENDING, sha256(record));
}

/** The log of rounds of primaries that share a state store. @see rounds.md, "Adapter over the state store" */
export class StateRoundLog implements RoundLog {
  readonly #store: StateStore;
  readonly #rounds: StoredRounds;
  readonly #events: RoundEvents;
  readonly #lifetime = new Lifetime('log of rounds');
  readonly #ended = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #fault: string | undefined;

  private constructor(rounds: StoredRounds, { store, events = {} }: StateRoundLogOptions) {
    this.#rounds = rounds;
    this.#store = store;
    this.#events = events;
  }

  /**
   * Replays the log, or starts it with the genesis round.
   * @throws ProvenderError `PROVENDER_CONFIG` for the log of another network, `PROVENDER_CORRUPT` for a damaged one; what the store throws
   */
  static async open(options: StateRoundLogOptions): Promise<StateRoundLog> {
    const log = new StateRoundLog(await StoredRounds.open(options.store, options.genesis), options);
    const watch = options.store.watch(HEAD_KEY, {}, { signal: log.#ended.signal });
    await log.catchUp(); // what came between the replay and the watch
    log.#watching = log.#watch(watch);
    return log;
  }

  /** What the rounds lead to; only to be read. */
  get chain(): Chain {
    return this.#rounds.chain;
  }

  head(): LogHead {
    return this.#rounds.head();
  }

  get(round: bigint): Promise<LoggedRound> {
    return this.#lifetime.run(() => this.#rounds.get(round));
  }

  append(bytes: Uint8Array, expected: LogHead): Promise<LoggedRound> {
    return this.#change(async () => {
      const head = this.head();
      if (expected.number !== head.number || compareBytes(expected.hash, head.hash) !== 0)
        throw new ProvenderError(
          'PROVENDER_CONFLICT',
          `the head is round ${head.number}, not ${expected.number}`,
        );
      const { number, records } = decodeRound(bytes);
      const taken = records.slice(0, MAX_CHOSEN).map((record): StateStep => ({ delete: pendingKey(record) }));
      try {
        return await this.#rounds.write(bytes, taken);
      } catch (error) {
        if (!isProvenderError(error, 'PROVENDER_AMBIGUOUS')) throw error;
        return await this.#readBack(number, bytes, error);
      }
    });
  }

  follow(from: bigint, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<LoggedRound> {
    return this.#rounds.follow(from, options.signal);
  }

  registryAt(epoch: bigint): Promise<Snapshot> {
    return this.#lifetime.run(() => this.#rounds.snapshotOf(epoch));
  }

  submit(record: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#lifetime.run(async () => {
      this.#assertSound();
      this.chain.admits(record);
      const key = pendingKey(record);
      const page = await this.#store.range(PENDING, { limit: MAX_PENDING }, options);
      if (page.records.length >= MAX_PENDING)
        throw new ProvenderError('PROVENDER_BUSY', `${MAX_PENDING} records wait for a round: repeat later`);
      const compare = [{ key, createRevision: 0n }];
      await this.#store.txn({ compare, then: [{ put: key, value: record }] }, options);
    });
  }

  /** Records that wait for a round, earliest first. */
  async pending(): Promise<readonly Uint8Array[]> {
    const { records } = await this.#store.range(PENDING, { limit: MAX_PENDING });
    const inOrder = records.toSorted((a, b) => Number(a.createRevision - b.createRevision));
    return inOrder.map(({ value }) => value);
  }

  /** Tells of records that come to wait, until the signal aborts. */
  async *arrivals(signal: AbortSignal): AsyncGenerator<void, void> {
    for await (const changes of this.#store.watch(PENDING, {}, { signal }))
      if (changes.some((change) => 'put' in change)) yield;
  }

  /** Takes a record that fits no round out of those that wait. */
  async drop(record: Uint8Array): Promise<void> {
    await this.#store.txn({ then: [{ delete: pendingKey(record) }] });
  }

  /** Takes rounds that another primary has appended. @throws ProvenderError `PROVENDER_CORRUPT` when one of them does not hold */
  catchUp(): Promise<void> {
    return this.#change(async () => {
      try {
        await this.#rounds.catchUp();
      } catch (error) {
        if (isProvenderError(error, 'PROVENDER_UNAVAILABLE')) throw error;
        this.#fault = `round ${this.head().number + 1n} of the state store does not hold: ${String(error)}`;
        this.#events.fault?.(this.#fault);
        this.#assertSound();
      }
    });
  }

  fault(): string | undefined {
    return this.#fault;
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      this.#ended.abort();
      await this.#watching;
      await this.#rounds.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertSound(): void {
    if (this.#fault !== undefined) throw new ProvenderError('PROVENDER_CORRUPT', this.#fault);
  }

  #change<T>(task: () => Promise<T>): Promise<T> {
    return this.#lifetime.run(() =>
      this.#rounds.inTurn(() => {
        this.#assertSound();
        return task();
      }),
    );
  }

  /** Whether an append that may have landed did. */
  async #readBack(number: bigint, bytes: Uint8Array, ambiguous: ProvenderError): Promise<LoggedRound> {
    const found = await this.#store.get(roundKey(number)).catch(() => undefined);
    if (found === undefined) throw ambiguous;
    await this.#rounds.catchUp();
    if (compareBytes(found.value, bytes) === 0) return this.#rounds.get(number);
    throw new ProvenderError('PROVENDER_CONFLICT', `another primary appended round ${number}`);
  }

  async #watch(first: AsyncIterable<unknown>): Promise<void> {
    const { signal } = this.#ended;
    for (let watch = first; !signal.aborted; ) {
      try {
        for await (const _ of watch) if (!signal.aborted) await this.catchUp();
        return; // the store has closed
      } catch (error) {
        if (signal.aborted) return;
        this.#events.trouble?.('follow', error);
        if (!isProvenderError(error, 'PROVENDER_CONFLICT') || this.#fault !== undefined) return;
        watch = this.#store.watch(HEAD_KEY, {}, { signal }); // it fell behind the history
      }
    }
  }
}
