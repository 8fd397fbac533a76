import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StateRecord, StateStep, StateStore } from '../../state/state-store.ts';
import type { Genesis } from '../registry/genesis.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { Chain } from './chain.ts';
import { lastRoundBefore, OldSnapshots } from './old-snapshots.ts';
import { decodeRound, roundHash } from './round.ts';
import type { LoggedRound, LogHead } from './round-log.ts';

const PREFIX = 'round/';
/** Record that names the last round: u64 number ‖ hash. */
export const HEAD_KEY = `${PREFIX}head`;
/** Rounds that are read at once. */
const PAGE = 100;

/** Key of a round: `round/<r, 16 hex digits>`. @see rounds.md, "Adapter over the state store" */
export function roundKey(round: bigint): string {
  return `${PREFIX}${round.toString(16).padStart(16, '0')}`;
}

function encodeHead({ number, hash }: LogHead): Uint8Array {
  const bytes = new Uint8Array(8 + hash.length);
  new DataView(bytes.buffer).setBigUint64(0, number);
  bytes.set(hash, 8);
  return bytes;
}

/** The rounds of a log in a state store, the chain that they lead to, and who waits for the next one. Each round is on the disk before the chain has it. */
export class StoredRounds {
  readonly chain: Chain;
  readonly #store: StateStore;
  readonly #waiting = new Set<() => void>();
  readonly #old: OldSnapshots;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(store: StateStore, chain: Chain) {
    this.#store = store;
    this.chain = chain;
    const { networkId, rules } = chain;
    this.#old = new OldSnapshots({ networkId, rules, rounds: (last) => this.#upTo(last) });
  }

  /**
   * Replays the log of a store, or starts it. Signatures and proofs were checked when the rounds came; links, form and records are checked again.
   * @throws ProvenderError `PROVENDER_CONFIG` when the store holds another network's log, `PROVENDER_CORRUPT` when a round is damaged or missing
   */
  static async open(store: StateStore, genesis: Genesis): Promise<StoredRounds> {
    const rounds = new StoredRounds(store, Chain.from(genesis));
    const { head } = rounds.chain;
    const started = await store.txn({
      compare: [{ key: HEAD_KEY, createRevision: 0n }],
      then: [
        { put: roundKey(0n), value: genesis.round },
        { put: HEAD_KEY, value: encodeHead(head) },
      ],
    });
    if (!started.succeeded) await rounds.#replay(genesis);
    return rounds;
  }

  async #replay(genesis: Genesis): Promise<void> {
    const first = await this.#store.get(roundKey(0n));
    if (first === undefined) throw damaged('round 0 is missing');
    if (compareBytes(first.value, genesis.round) !== 0)
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        `the state store holds the rounds of another network than ${genesis.name}: give the node another data directory, or its own genesis file`,
      );
    const written = await this.#store.get(HEAD_KEY);
    for await (const { key, value } of this.#stored()) if (key !== roundKey(0n)) this.#again(key, value);
    const { head } = this.chain;
    // another process may have appended while this one read: it may be behind, never ahead
    const end = written && new DataView(written.value.buffer, written.value.byteOffset).getBigUint64(0);
    if (end === undefined || end > head.number)
      throw damaged(`the log ends at round ${head.number}, not at ${String(end)}`);
    if (end === head.number && compareBytes(written?.value ?? head.hash, encodeHead(head)) !== 0)
      throw damaged(`round ${head.number} is not the one that the head names`);
  }

  /** Rounds from 0 on, in order. */
  async *#stored(): AsyncGenerator<StateRecord, void> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.range(PREFIX, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      yield* page.records.filter(({ key }) => key !== HEAD_KEY);
      if (page.next === undefined) return;
      cursor = page.next;
    }
  }

  async *#upTo(last: bigint): AsyncGenerator<Uint8Array, void> {
    for await (const { key, value } of this.#stored()) {
      if (key > roundKey(last)) return;
      yield value;
    }
  }

  #again(key: string, bytes: Uint8Array): void {
    try {
      if (key !== roundKey(this.chain.head.number + 1n)) throw damaged(`${key} follows a gap`);
      this.chain.next(bytes, { trusted: true });
    } catch (cause) {
      throw damaged(`${key} does not follow the round before it`, cause);
    }
  }

  head(): LogHead {
    const { number, hash } = this.chain.head;
    return { number, hash };
  }

  /** @throws ProvenderError `PROVENDER_NOT_FOUND` for a round behind the head */
  async get(round: bigint): Promise<LoggedRound> {
    const found = round < 0n ? undefined : await this.#store.get(roundKey(round));
    if (found === undefined || round > this.chain.head.number)
      throw new ProvenderError(
        'PROVENDER_NOT_FOUND',
        `round ${round} is not in the log, which ends at ${this.chain.head.number}`,
      );
    return { number: round, hash: roundHash(found.value), bytes: found.value };
  }

  /** Rounds from `from` on until the signal aborts. @throws ProvenderError `PROVENDER_CLOSED` when the log closes */
  async *follow(from: bigint, signal?: AbortSignal): AsyncGenerator<LoggedRound, void> {
    for (let next = from; signal?.aborted !== true; ) {
      if (this.#closed) throw new ProvenderError('PROVENDER_CLOSED', 'the log of rounds is closed');
      if (next <= this.chain.head.number) yield await this.get(next++);
      else await this.#news(signal);
    }
  }

  /** The snapshot of any epoch up to that behind the head; of one long past it reads the log. @throws ProvenderError `PROVENDER_NOT_FOUND` */
  async snapshotOf(epoch: bigint): Promise<Snapshot> {
    const snapshot = this.chain.snapshotOfEpoch(epoch);
    if (snapshot !== undefined) return snapshot;
    const { head, rules } = this.chain;
    if (epoch >= 0n && lastRoundBefore(epoch, rules.epochLength) <= head.number) return this.#old.of(epoch);
    throw new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `the registry of epoch ${epoch} is not known at round ${head.number}`,
    );
  }

  /** Runs what changes the log one after the other. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(task, task);
    this.#last = mine.catch(() => undefined); // its caller hears of it
    return mine;
  }

  /**
   * Writes the round that follows the head; within `inTurn`.
   * @param beside - steps of the same transaction
   * @throws ProvenderError as `Chain.next`; `PROVENDER_CONFLICT` when the store has another head; what the store throws
   */
  async write(bytes: Uint8Array, beside: readonly StateStep[] = []): Promise<LoggedRound> {
    this.chain.check(bytes);
    const round = { number: decodeRound(bytes).number, hash: roundHash(bytes), bytes };
    const { succeeded } = await this.#store.txn({
      compare: [{ key: HEAD_KEY, value: encodeHead(this.chain.head) }],
      then: [
        { put: roundKey(round.number), value: bytes },
        { put: HEAD_KEY, value: encodeHead(round) },
        ...beside,
      ],
    });
    if (!succeeded)
      throw new ProvenderError('PROVENDER_CONFLICT', `the head has moved past round ${round.number - 1n}`);
    this.#take(bytes, true);
    return round;
  }

  /** Takes rounds that another process has appended; within `inTurn`. @throws ProvenderError as `Chain.next`, for a round that does not hold */
  async catchUp(): Promise<void> {
    for (;;) {
      const next = await this.#store.get(roundKey(this.chain.head.number + 1n));
      if (next === undefined) return;
      this.#take(next.value, false);
    }
  }

  #take(bytes: Uint8Array, trusted: boolean): void {
    this.chain.next(bytes, { trusted });
    for (const wake of this.#waiting) wake();
  }

  /** Ends followers and waits for what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting) wake();
    await this.#last;
  }

  /** Resolves at the next round, at the close, or when the signal aborts. */
  #news(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }
}

function damaged(what: string, cause?: unknown): ProvenderError {
  const message = `log of rounds: ${what}; remove the folder of the state store and follow a primary again, or restore it`;
  return new ProvenderError('PROVENDER_CORRUPT', message, { cause });
}

/** A hash in hex, for keys. */
export function hashKey(prefix: string, hash: Uint8Array): string {
  return `${prefix}${bytesToHex(hash)}`;
}
