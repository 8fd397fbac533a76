import { ProvenderError } from '../../src/content/provender-error.ts';
import type { Snapshot } from '../../src/placement/registry/snapshot.ts';
import { Chain } from '../../src/placement/rounds/chain.ts';
import type { LoggedRound, LogHead, RoundLog } from '../../src/placement/rounds/round-log.ts';
import { roundHash } from '../../src/placement/rounds/round.ts';
import { roundFor, type TestNetwork } from './test-network.ts';

/** A log in memory over a real chain: every round is checked, and comes when the test says so. */
export class ChainLog implements RoundLog {
  readonly chain: Chain;
  readonly #network: TestNetwork;
  readonly #rounds: LoggedRound[] = [];
  readonly #waiting = new Set<() => void>();
  #fault: string | undefined;
  /** Rounds behind this one are in the log, but are not given to followers yet. */
  shownUpTo = Number.POSITIVE_INFINITY;

  constructor(network: TestNetwork) {
    this.#network = network;
    this.chain = Chain.from(network.genesis);
    this.#put(network.genesis.round, 0n);
  }

  /** The primary appends a round. @returns its number */
  add(...records: Uint8Array[]): bigint {
    const bytes = roundFor(this.chain, this.#network.primary, records);
    this.chain.next(bytes);
    const { number } = this.chain.head;
    this.#put(bytes, number);
    return number;
  }

  /** Adds rounds without records until the head has this number. */
  addUpTo(number: bigint): void {
    while (this.head().number < number) this.add();
  }

  /** Gives followers what they were not shown. */
  show(upTo = Number.POSITIVE_INFINITY): void {
    this.shownUpTo = upTo;
    for (const wake of this.#waiting) wake();
  }

  fork(): void {
    this.#fault = 'two rounds with one number';
  }

  head(): LogHead {
    const last = this.#rounds.at(-1);
    if (last === undefined) throw new Error('a log has its genesis');
    return last;
  }

  get(round: bigint): Promise<LoggedRound> {
    const found = this.#rounds[Number(round)];
    if (found !== undefined) return Promise.resolve(found);
    return Promise.reject(new ProvenderError('PROVENDER_NOT_FOUND', `round ${round}`));
  }

  async *follow(
    from: bigint,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<LoggedRound> {
    for (let next = Number(from); signal?.aborted !== true; ) {
      const round = next <= this.shownUpTo ? this.#rounds[next] : undefined;
      if (round === undefined) await this.#change(signal);
      else {
        next++;
        yield round;
      }
    }
  }

  registryAt(epoch: bigint): Promise<Snapshot> {
    const snapshot = this.chain.snapshotOfEpoch(epoch);
    if (snapshot !== undefined) return Promise.resolve(snapshot);
    return Promise.reject(new ProvenderError('PROVENDER_NOT_FOUND', `epoch ${epoch}`));
  }

  append(): Promise<LoggedRound> {
    return Promise.reject(new ProvenderError('PROVENDER_DENIED', 'only the test appends'));
  }

  submit(_record: Uint8Array): Promise<void> {
    return Promise.reject(new ProvenderError('PROVENDER_DENIED', 'storers submit nothing'));
  }

  fault(): string | undefined {
    return this.#fault;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #put(bytes: Uint8Array, number: bigint): void {
    this.#rounds.push({ number, hash: roundHash(bytes), bytes });
    for (const wake of this.#waiting) wake();
  }

  #change(signal?: AbortSignal): Promise<void> {
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
