import { objectIdHex, type ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Announce } from '../messages/announce.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import type { RoundLog } from '../rounds/round-log.ts';
import { type SeenRound, seenRound } from './seen-round.ts';
import { abortError } from './waiting.ts';

/** Rounds that are kept: those in which an Announce can live, and a few for messages that come late. */
const KEPT_ROUNDS = ANNOUNCE_ROUNDS + 4n;

/** Hears of every round, once, in order. */
export type RoundListener = (round: SeenRound) => void;

/**
 * The log as a primary needs it: the last rounds in memory, and who waits for a round. Follows from `open` on until `close`; when the log ends with
 * an error, `failure` has it and nobody waits in vain.
 */
export class LogView {
  readonly #log: RoundLog;
  readonly #rounds = new Map<bigint, SeenRound>();
  readonly #listeners = new Set<RoundListener>();
  readonly #endings = new Set<(error: ProvenderError) => void>();
  readonly #abort = new AbortController();
  #failure: ProvenderError | undefined;
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

  /** Why no round comes any more. */
  get failure(): ProvenderError | undefined {
    return this.#failure;
  }

  /** Calls `listener` when no round comes any more, at once if that is so. Not a signal: many wait here. @returns ends that */
  onEnd(listener: (error: ProvenderError) => void): () => void {
    this.#endings.add(listener);
    if (this.#failure !== undefined) listener(this.#failure);
    return () => this.#endings.delete(listener);
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
      let isSettled = false;
      const unhook = (): void => {
        for (const stop of stops) stop();
        signal.removeEventListener('abort', give);
      };
      const finish = (settle: () => void): void => {
        isSettled = true;
        unhook();
        settle();
      };
      const give = (): void => finish(() => reject(abortError(signal)));
      const look: RoundListener = (round) => {
        const found = round.number < from ? undefined : find(round);
        if (found !== undefined) finish(() => resolve(found));
      };
      const stops = [this.onRound(look)];
      signal.addEventListener('abort', give);
      if (signal.aborted) give();
      for (const round of this.#rounds.values()) look(round);
      stops.push(this.onEnd((error) => finish(() => reject(error))));
      if (isSettled) unhook(); // by something that was there already
    });
  }

  /** Ends following. Idempotent. */
  async close(): Promise<void> {
    this.#end(new ProvenderError('PROVENDER_CLOSED', 'the primary is closed'));
    await this.#following;
  }

  async #follow(): Promise<void> {
    try {
      for await (const logged of this.#log.follow(this.#head + 1n, { signal: this.#abort.signal })) {
        const round = seenRound(logged);
        this.#keep(round);
        for (const listener of this.#listeners) listener(round);
      }
      this.#end(new ProvenderError('PROVENDER_UNAVAILABLE', 'the log of rounds has ended'));
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      // Everybody who waits for a round gets it, and the next placement as well.
      this.#end(
        new ProvenderError('PROVENDER_UNAVAILABLE', `the log of rounds: ${cause.message}`, { cause }),
      );
    }
  }

  /** The first reason stays. */
  #end(error: ProvenderError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#abort.abort(error);
    for (const listener of this.#endings) listener(error);
  }

  #keep(round: SeenRound): void {
    this.#rounds.set(round.number, round);
    this.#rounds.delete(round.number - KEPT_ROUNDS);
    this.#head = round.number;
  }
}
