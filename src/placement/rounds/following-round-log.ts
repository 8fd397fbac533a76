import { compareBytes } from '../../content/object-id.ts';
import { Lifetime } from '../../content/lifetime.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Clock } from '../clock.ts';
import { isSigned } from '../messages/signed-message.ts';
import type { Genesis } from '../registry/genesis.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { Backoff } from '../storer/retrying.ts';
import type { Chain } from './chain.ts';
import { decodeRound, roundHash } from './round.ts';
import type { RoundEvents } from './round-events.ts';
import type { LoggedRound, LogHead, RoundLog } from './round-log.ts';
import type { RoundSource } from './round-source.ts';
import { hashKey, roundKey, StoredRounds } from './stored-rounds.ts';

const EVIDENCE = 'evidence/';
/** A difference between a round's time and the clock that is worth a warning. @see rounds.md, "Time" */
const MAX_DIFFERENCE_MS = 10_000;
/** An idle network makes a round every 10 intervals: a source without one for this many has itself nobody to follow. */
const QUIET_INTERVALS = 30;

/** What a follower needs. */
export interface FollowingRoundLogOptions {
  /** The node's own; stays the caller's, and stays open as long as the log. */
  readonly store: StateStore;
  readonly genesis: Genesis;
  /** The primaries to follow, in the order in which they are tried. At least one. Records go to them only. */
  readonly sources: readonly RoundSource[];
  /** Other nodes that serve the rounds, tried after the primaries; there may be more at each call. */
  readonly peers?: () => readonly RoundSource[];
  readonly clock: Clock;
  readonly events?: RoundEvents;
}

/**
 * The log of rounds of a node that does not reach the state store: it follows one primary after the other, checks every byte, and keeps what holds.
 * Two different signed rounds with one number are kept as evidence and end it for good.
 *
 * @see rounds.md, "Following"
 */
export class FollowingRoundLog implements RoundLog {
  readonly #options: FollowingRoundLogOptions;
  readonly #rounds: StoredRounds;
  readonly #events: RoundEvents;
  readonly #lifetime = new Lifetime('log of rounds');
  readonly #ended = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #source = 0;
  #fault: string | undefined;

  private constructor(rounds: StoredRounds, options: FollowingRoundLogOptions) {
    this.#rounds = rounds;
    this.#options = options;
    this.#events = options.events ?? {};
  }

  /**
   * Replays what the node has, then follows. Evidence of an earlier run makes it faulty at once.
   * @throws ProvenderError `PROVENDER_CONFIG` for no source or the log of another network, `PROVENDER_CORRUPT` for a damaged log
   */
  static async open(options: FollowingRoundLogOptions): Promise<FollowingRoundLog> {
    if (options.sources.length === 0)
      throw new ProvenderError(
        'PROVENDER_CONFIG',
        'no primary to follow: the genesis names none but this node',
      );
    const rounds = await StoredRounds.open(options.store, options.genesis);
    const log = new FollowingRoundLog(rounds, options);
    const { records } = await options.store.range(`${EVIDENCE}round/`, { limit: 1 });
    const [found] = records;
    if (found === undefined) log.#following = log.#run();
    else log.#stop(`two different rounds were seen before: ${found.key} of the state store`);
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

  append(): Promise<LoggedRound> {
    return Promise.reject(
      new ProvenderError('PROVENDER_DENIED', 'this node follows the rounds; only primaries append'),
    );
  }

  follow(from: bigint, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<LoggedRound> {
    return this.#rounds.follow(from, options.signal);
  }

  registryAt(epoch: bigint): Promise<Snapshot> {
    return this.#lifetime.run(() => this.#rounds.snapshotOf(epoch));
  }

  /** Hands a record to the primary that is followed, and to the others when it is away. */
  submit(record: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#lifetime.run(async () => {
      if (this.#fault !== undefined) throw new ProvenderError('PROVENDER_CORRUPT', this.#fault);
      const { sources } = this.#options;
      for (let tries = 1; ; tries++) {
        try {
          await sourceAt(sources, this.#source + tries - 1).submit(record, options);
          return;
        } catch (error) {
          if (!isAway(error) || tries >= sources.length) throw error;
        }
      }
    });
  }

  fault(): string | undefined {
    return this.#fault;
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      this.#ended.abort();
      await this.#following;
      await this.#rounds.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #all(): readonly RoundSource[] {
    const { sources, peers } = this.#options;
    return peers === undefined ? sources : [...sources, ...peers()];
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const backoff = new Backoff();
    while (!signal.aborted) {
      const source = sourceAt(this.#all(), this.#source);
      try {
        await this.#whileNew(source, (left) => this.#followOne(source, { backoff, signal: left }));
        this.#events.trouble?.('follow', away(source, 'ended the stream of rounds'));
      } catch (error) {
        if (signal.aborted) return;
        if (isAway(error) || !(error instanceof ProvenderError)) this.#events.trouble?.('follow', error);
        else this.#events.rejected?.(source.address, error);
      }
      if (signal.aborted) return;
      this.#source++;
      await this.#options.clock.sleep(backoff.next(), signal).catch(() => undefined); // the loop sees the abort
    }
  }

  /** Two nodes that follow each other would wait for ever: a source that has nothing new is left, where there is another one. */
  async #whileNew(source: RoundSource, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const left = new AbortController();
    const watch = this.#untilQuiet(left.signal).then((isQuiet) => {
      if (isQuiet) left.abort(away(source, 'has had no new round for long'));
    });
    try {
      await work(AbortSignal.any([this.#ended.signal, left.signal]));
      left.signal.throwIfAborted();
    } catch (error) {
      left.signal.throwIfAborted(); // what the stream makes of the reason is none
      throw error;
    } finally {
      left.abort();
      await watch;
    }
  }

  /** @returns true after a time without a new round; false when the signal aborts before */
  async #untilQuiet(signal: AbortSignal): Promise<boolean> {
    const limitMs = QUIET_INTERVALS * this.chain.rules.roundIntervalMs;
    for (let seen = -1n; seen !== this.head().number || this.#all().length < 2; ) {
      seen = this.head().number;
      await this.#options.clock.sleep(limitMs, signal).catch(() => undefined); // seen below
      if (signal.aborted) return false;
    }
    return true;
  }

  /** Asks from the head on: a source whose round of this number is another one has left the log, or this node has. */
  async #followOne(
    source: RoundSource,
    { backoff, signal }: { readonly backoff: Backoff; readonly signal: AbortSignal },
  ): Promise<void> {
    let askedAt = this.#options.clock.now();
    for await (const bytes of source.follow(this.head().number, { signal })) {
      if (signal.aborted) return;
      const waitedMs = this.#options.clock.now() - askedAt;
      const isNew = await this.#rounds.inTurn(() => this.#take(bytes));
      if (this.#fault !== undefined) return;
      if (isNew) {
        this.#compareClock(waitedMs);
        backoff.reset();
      }
      askedAt = this.#options.clock.now();
    }
  }

  /** @returns false for the head, seen again */
  async #take(bytes: Uint8Array): Promise<boolean> {
    const { number } = decodeRound(bytes);
    const head = this.head();
    if (number <= head.number) {
      const mine = await this.#rounds.get(number);
      if (compareBytes(mine.hash, roundHash(bytes)) !== 0) await this.#keepFork(mine, bytes);
      return false;
    }
    await this.#rounds.write(bytes);
    return true;
  }

  /** @throws ProvenderError `PROVENDER_INVALID` when no primary signed the other round: that shows nothing but a liar on the way */
  async #keepFork(mine: LoggedRound, other: Uint8Array): Promise<void> {
    const { networkId, proposerKey } = decodeRound(other);
    const isOurs = compareBytes(networkId, this.chain.networkId) === 0;
    if (mine.number === 0n || !isOurs || !this.chain.isPrimary(proposerKey) || !isSigned(other, proposerKey))
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `round ${mine.number} differs from ours, and no primary of this network signed it`,
      );
    const prefix = `${EVIDENCE}${roundKey(mine.number)}/`;
    await this.#options.store.txn({
      then: [
        { put: hashKey(prefix, mine.hash), value: mine.bytes },
        { put: hashKey(prefix, roundHash(other)), value: other },
      ],
    });
    this.#stop(`two different rounds have the number ${mine.number}: both are kept under ${prefix}`);
  }

  #stop(reason: string): void {
    this.#fault = reason;
    this.#events.fault?.(reason);
    this.#ended.abort();
  }

  /** Old rounds come at once, and only those that come as they are made tell the time; none may be ahead. */
  #compareClock(waitedMs: number): void {
    const { clock } = this.#options;
    const difference = Number(this.chain.head.unixMs) - clock.unixMs();
    const isLive = waitedMs >= this.chain.rules.roundIntervalMs / 2;
    if (difference > MAX_DIFFERENCE_MS || (isLive && difference < -MAX_DIFFERENCE_MS))
      this.#events.clockDiffers?.(difference);
  }
}

function isAway(error: unknown): boolean {
  const codes = ['PROVENDER_UNAVAILABLE', 'PROVENDER_TIMEOUT', 'PROVENDER_CLOSED', 'PROVENDER_BUSY'] as const;
  return codes.some((code) => isProvenderError(error, code));
}

function sourceAt(sources: readonly RoundSource[], index: number): RoundSource {
  const source = sources[index % sources.length];
  if (source === undefined) throw new ProvenderError('PROVENDER_INTERNAL', 'a follower has a source');
  return source;
}

function away({ address }: RoundSource, what: string): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', `${address} ${what}`);
}
