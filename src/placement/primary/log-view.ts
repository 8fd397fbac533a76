import { objectIdHex, type ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Announce } from '../messages/announce.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import type { RoundLog } from '../rounds/round-log.ts';
import { type SeenRound, seenRound } from './seen-round.ts';
import { abortError, linkSignals } from './waiting.ts';

/** Rounds that are kept: those in which an Announce can live, and a few for messages that come late. */
const KEPT_ROUNDS = ANNOUNCE_ROUNDS + 4n;

/** Hears of every round, once, in order. */
export type RoundListener = (round: SeenRound) => void;

/**
 * The log as a primary needs it: the last rounds in memory, and who waits for a round. Follows from `open` on until `close`; when the log ends with
 * an error, `ended` has it and nobody waits in vain.
 */
export class LogView {
  readonly #log: RoundLog;
  readonly #rounds = new Map<bigint, SeenRound>();
  readonly #listeners = new Set<RoundListener>();
  readonly #abort = new AbortController();
  #head = -1n;
  #following: Promise<void> = Promise.resolve();

  private constructor(log: RoundLog) {
    this.#log = log;
  }

  /** Reads the last rounds, then goes on behind. @throws ProvenderError as the log does */
  static async open(log: RoundLog): Promise<LogView> {
    const view = new LogView(log);
    const { number } = log.head();
    for (let next = number > KEPT_ROUNDS ? number - KEPT_ROUNDS : 0n; next <= number; next++)
      view.#keep(seenRound(await log.get(next)));
    view.#following = view.#follow();
    return view;
  }

  /** Number of the last round that was read. */
  get head(): bigint {
    return this.#head;
  }

  /** Aborts, with the error, when the log has ended or the view is closed. */
  get ended(): AbortSignal {
    return this.#abort.signal;
  }

  /** A round of the last ones. */
  round(number: bigint): SeenRound | undefined {
    return this.#rounds.get(number);
  }

  /** The Announces of an object in a round of the last ones. */
  announces(id: ObjectId, number: bigint): readonly Announce[] {
    const [hex, round] = [objectIdHex(id), this.#rounds.get(number)];
    const all = round?.announces.map(({ announce }) => announce) ?? [];
    return all.filter((announce) => objectIdHex(announce.id) === hex);
  }

  /** Calls `listener` for every round that comes. @returns ends that */
  onRound(listener: RoundListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first answer that `find` gives for a round: those in memory from `from` on, then new ones as they come.
   * @throws ProvenderError what `signal` aborts with, or what ended the log
   */
  first<T>(
    find: (round: SeenRound) => T | undefined,
    { from, signal }: { readonly from: bigint; readonly signal: AbortSignal },
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const both = linkSignals(signal, this.#abort.signal);
      const finish = (settle: () => void): void => {
        stop();
        both.unlink();
        settle();
      };
      const give = (): void => finish(() => reject(abortError(both.signal)));
      const look: RoundListener = (round) => {
        const found = round.number < from ? undefined : find(round);
        if (found !== undefined) finish(() => resolve(found));
      };
      const stop = this.onRound(look);
      if (both.signal.aborted) give();
      else both.signal.addEventListener('abort', give, { once: true });
      for (const round of this.#rounds.values()) look(round);
    });
  }

  /** Ends following. Idempotent. */
  async close(): Promise<void> {
    this.#abort.abort(new ProvenderError('PROVENDER_CLOSED', 'the primary is closed'));
    await this.#following;
  }

  async #follow(): Promise<void> {
    try {
      for await (const logged of this.#log.follow(this.#head + 1n, { signal: this.#abort.signal })) {
        const round = seenRound(logged);
        this.#keep(round);
        for (const listener of this.#listeners) listener(round);
      }
      this.#abort.abort(new ProvenderError('PROVENDER_UNAVAILABLE', 'the log of rounds has ended'));
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      // Everybody who waits for a round gets it, and the next placement as well.
      this.#abort.abort(
        new ProvenderError('PROVENDER_UNAVAILABLE', `the log of rounds: ${cause.message}`, { cause }),
      );
    }
  }

  #keep(round: SeenRound): void {
    this.#rounds.set(round.number, round);
    this.#rounds.delete(round.number - KEPT_ROUNDS);
    this.#head = round.number;
  }
}
