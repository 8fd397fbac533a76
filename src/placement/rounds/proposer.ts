import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import type { Clock } from '../clock.ts';
import type { VrfEngine } from '../ports.ts';
import { encodeRound } from './round.ts';
import type { RoundEvents } from './round-events.ts';
import { seedInput, seedOf } from './seeds.ts';
import { MAX_CHOSEN, type StateRoundLog } from './state-round-log.ts';

/** A round without records comes after this many intervals. */
const IDLE_INTERVALS = 10;

/** What a proposer needs. */
export interface ProposerOptions {
  /** Stays the caller's, and stays open as long as the proposer. */
  readonly log: StateRoundLog;
  readonly signer: Signer;
  readonly vrf: Pick<VrfEngine, 'prove' | 'verify'>;
  /** Public VRF key of the node, 32 bytes. */
  readonly vrfKey: Uint8Array;
  readonly clock: Clock;
  readonly events?: RoundEvents;
}

/**
 * Appends rounds on a primary: when records wait, at most every `roundInterval`, at least every 10 of them. Several on one state store race, and one
 * of them wins each round.
 *
 * @see rounds.md, "Adapter over the state store"
 */
export class Proposer implements AsyncDisposable {
  readonly #options: ProposerOptions;
  readonly #events: RoundEvents;
  readonly #ended = new AbortController();
  /** Cuts the present sleep short. */
  #wake = new AbortController();
  #lastAt: number;
  #hasPending = true;
  readonly #running: Promise<unknown>;

  private constructor(options: ProposerOptions) {
    this.#options = options;
    this.#events = options.events ?? {};
    this.#lastAt = options.clock.now();
    this.#running = Promise.all([this.#run(), this.#watchRounds(), this.#watchPending()]);
  }

  /** Starts appending. */
  static start(options: ProposerOptions): Proposer {
    return new Proposer(options);
  }

  /** Stops, and waits for the round that is being made. Idempotent. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#wake.abort();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#ended.signal.aborted) {
      const due = this.#dueAt();
      if (clock.now() < due) {
        this.#wake = new AbortController();
        await clock.sleep(due - clock.now(), this.#wake.signal).catch(() => undefined); // woken: it looks again
        continue;
      }
      await this.#attempt();
    }
  }

  #dueAt(): number {
    const { chain } = this.#options.log;
    const { number } = chain.head;
    const isAwaited = chain.openAnnounces().some(({ announced }) => announced === number);
    const intervals = this.#hasPending || isAwaited ? 1 : IDLE_INTERVALS;
    return this.#lastAt + intervals * chain.rules.roundIntervalMs;
  }

  async #attempt(): Promise<void> {
    const { log, clock } = this.#options;
    try {
      await this.#propose();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#hasPending = true; // as far as it is known
      if (isProvenderError(error, 'PROVENDER_CONFLICT')) {
        // another primary was first: read its round, and make the next one on it
        await log.catchUp().catch((cause: unknown) => this.#events.trouble?.('follow', cause));
      } else {
        this.#events.trouble?.('append', error);
      }
    }
    this.#lastAt = clock.now();
  }

  async #propose(): Promise<void> {
    const { log, signer } = this.#options;
    const { head } = log.chain;
    this.#hasPending = false; // what comes from here on sets it again
    const waiting = await log.pending();
    const seed = await this.#seed();
    if (log.chain.head.number !== head.number)
      throw new ProvenderError('PROVENDER_CONFLICT', `round ${head.number + 1n} is there`);
    const { records, refused } = log.chain.choose(waiting.slice(0, MAX_CHOSEN));
    const round = this.#unsigned(seed, records);
    await log.append(encodeRound(round, signer), head);
    this.#hasPending ||= waiting.length > records.length + refused.length;
    for (const { record, error } of refused) {
      this.#events.dropped?.(record, error);
      await log.drop(record);
    }
  }

  async #seed(): Promise<{ readonly seed: Uint8Array; readonly proof: Uint8Array }> {
    const { log, vrf, vrfKey } = this.#options;
    const { networkId, head } = log.chain;
    const input = seedInput({ networkId, round: head.number + 1n, previousSeed: head.seed });
    const [proof] = await vrf.prove([input]);
    if (proof === undefined) throw new ProvenderError('PROVENDER_INTERNAL', 'no proof of the seed was made');
    const [beta] = await vrf.verify([{ publicKey: vrfKey, input, proof }]);
    if (beta === undefined)
      throw new ProvenderError('PROVENDER_CONFIG', 'the VRF key of this node does not fit its secret key');
    return { seed: seedOf(beta), proof };
  }

  #unsigned(
    { seed, proof }: { readonly seed: Uint8Array; readonly proof: Uint8Array },
    records: readonly Uint8Array[],
  ) {
    const { log, clock, signer, vrfKey } = this.#options;
    const { networkId, head } = log.chain;
    const number = head.number + 1n;
    const snapshot = log.chain.snapshotOf(number);
    if (snapshot === undefined)
      throw new ProvenderError('PROVENDER_INTERNAL', `no registry is known for round ${number}`);
    const now = BigInt(Math.round(clock.unixMs()));
    const unixMs = now > head.unixMs ? now : head.unixMs; // time must not go back
    const { root: registryRoot } = snapshot;
    const keys = { proposerKey: signer.publicKey, vrfKey };
    return { networkId, number, prevHash: head.hash, unixMs, seed, registryRoot, ...keys, proof, records };
  }

  /** Rounds of others count for the pace as one's own do. */
  async #watchRounds(): Promise<void> {
    const { log, clock } = this.#options;
    const { signal } = this.#ended;
    try {
      for await (const _ of log.follow(log.head().number + 1n, { signal })) {
        this.#lastAt = clock.now();
        this.#wake.abort();
      }
    } catch (error) {
      if (!signal.aborted && !isProvenderError(error, 'PROVENDER_CLOSED'))
        this.#events.trouble?.('follow', error);
    }
  }

  async #watchPending(): Promise<void> {
    const { signal } = this.#ended;
    try {
      for await (const _ of this.#options.log.arrivals(signal)) {
        this.#hasPending = true;
        this.#wake.abort();
      }
    } catch (error) {
      if (!signal.aborted) this.#events.trouble?.('pending', error);
    }
  }
}
