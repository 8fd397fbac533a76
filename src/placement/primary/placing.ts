import { objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { PlacementReply, StagedContent } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { Alarm } from './alarm.ts';
import { sendAssign } from './assigning.ts';
import { ClaimBox } from './claim-box.ts';
import type { ClaimMessage } from './claim-check.ts';
import type { Explanation, PlacementState } from './explanation.ts';
import { explainStorers, RefusedClaims } from './explanations.ts';
import { type Lottery, openLottery } from './lottery.ts';
import type { PlacingObject } from './placing-object.ts';
import { ReplicaDesk } from './replica-desk.ts';
import { PlacementRun } from './run/placement-run.ts';
import type { RunAction, RunEvent } from './run/run-events.ts';
import type { SharedWork } from './shared-work.ts';
import { signPlacement } from './signing.ts';
import { linkSignals, orAborted } from './waiting.ts';

/** How a run ends. */
type RunEnd = Extract<RunAction, { act: 'sign' | 'fail' }>;

/** The longest time that a timer takes; an Announce ends long before. */
const MOST_SHARE_MS = 2 ** 31 - 1;

/** What there is from round r on. */
interface OpenRun {
  readonly lottery: Lottery;
  readonly run: PlacementRun;
  readonly claims: ClaimBox;
}

/**
 * One Announce and what comes of it: drives a `PlacementRun` with the clock, the log and the messages. Lives as long as `place` runs, and leaves
 * nothing behind then.
 */
export class Placing {
  readonly #work: SharedWork;
  readonly #object: PlacingObject;
  readonly #abort = new AbortController();
  readonly #refused = new RefusedClaims();
  readonly #seats = new Map<string, AbortController>();
  readonly #hashes = new Set<string>();
  readonly #alarm: Alarm;
  readonly #startMs: number;
  readonly #startUnixMs: number;
  #state: PlacementState = 'announcing';
  #announced: bigint | undefined;
  #open: OpenRun | undefined;
  #desk: ReplicaDesk | undefined;
  #staged: StagedContent | undefined;
  #end: ((end: RunEnd) => void) | undefined;
  #opened: (() => void) | undefined;
  /** Settles when claims can be checked, or the placement has ended. */
  readonly #whenOpened: Promise<void>;

  constructor(work: SharedWork, object: PlacingObject) {
    this.#work = work;
    this.#object = object;
    this.#alarm = new Alarm(work.parts.clock, () => this.#ring());
    this.#startMs = work.parts.clock.now();
    this.#startUnixMs = work.parts.clock.unixMs();
    this.#whenOpened = new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  /** r; absent until the Announce is in a round. */
  get round(): bigint | undefined {
    return this.#announced === undefined ? undefined : this.#announced + 1n;
  }

  /** The content had come when the run ended, or it has not ended. */
  get isStaged(): boolean {
    return this.#staged !== undefined;
  }

  /** What serves the storers; absent until the content is there. */
  get desk(): ReplicaDesk | undefined {
    return this.#desk;
  }

  /**
   * Runs to the end.
   * @returns number of the round that holds the SetKey
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` with reason `storers` when N storers were not found, else as parts and signal do
   */
  async place(outer: AbortSignal): Promise<bigint> {
    const { byObject, view } = this.#work;
    const key = objectIdHex(this.#object.id);
    const linked = linkSignals(outer, this.#abort.signal);
    const { signal } = linked;
    const unhook = view.onEnd((error) => this.#abort.abort(error));
    byObject.set(key, this);
    try {
      this.#await(this.#object.staged);
      const open = await this.#begin(signal);
      const end = await this.#collect(open, signal);
      if (end.act === 'fail') throw this.#shortage(end);
      this.#state = 'signing';
      const { facts } = await orAborted(this.#object.staged, signal);
      const { lottery } = open;
      const signing = { object: this.#object, dataRoot: facts.dataRoot, lottery, signed: end };
      return await signPlacement(signing, this.#work, signal);
    } finally {
      unhook();
      linked.unlink();
      this.#close(key);
    }
  }

  /** What is known of this placement now. */
  explain(end?: { readonly state: PlacementState; readonly error?: unknown }): Explanation {
    const { id, profile, sizeBytes, replicas } = this.#object;
    const { parts } = this.#work;
    const snapshot = this.#open?.lottery.snapshot;
    const failure = end?.error instanceof ProvenderError ? end.error : undefined;
    const round =
      this.#announced === undefined ? {} : { announced: this.#announced, round: this.#announced + 1n };
    return {
      id,
      profile,
      sizeBytes,
      replicas,
      ...round,
      state: end?.state ?? this.#stateNow(),
      attempt: this.#open?.run.attempt ?? 0,
      tauNumerator: this.#tau(),
      ...(snapshot === undefined
        ? {}
        : { totalWeight: snapshot.totalWeight, registered: snapshot.leafCount }),
      startedUnixMs: this.#startUnixMs,
      ...(end === undefined ? {} : { tookMs: parts.clock.now() - this.#startMs }),
      ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
      storers: explainStorers(this.#open?.run, this.#refused),
    };
  }

  /** Takes a claim for this object and round. @returns the answer; the same claim gets the same one */
  async claim(one: ClaimMessage): Promise<PlacementReply> {
    await this.#whenOpened;
    return this.#open === undefined ? { ok: false, reason: 'unknown' } : this.#open.claims.claim(one);
  }

  /** Announces, and waits for round r. */
  async #begin(signal: AbortSignal): Promise<OpenRun> {
    const { announcer, parts, view } = this.#work;
    this.#announced = await announcer.announce(this.#object, signal);
    const lottery = await openLottery(this.#announced, { parts, view, signal });
    const { claimMs, commitMs, bytesPerSecond, regionCap } = parts.genesis.parameters;
    const { replicas, sizeBytes, profile } = this.#object;
    const run = new PlacementRun({
      replicas,
      claimMs,
      shareMs: Math.min(commitMs + Math.ceil((1000 * sizeBytes) / bytesPerSecond), MOST_SHARE_MS),
      regionCap: regionCap && lottery.snapshot.regions >= 2,
    });
    const claims = new ClaimBox({
      work: this.#work,
      profile,
      tauNumerator: this.#tau(),
      lottery,
      run,
      refused: this.#refused,
      tell: (event) => this.#tell(event),
      onTaken: (hash) => {
        if (this.#abort.signal.aborted) return;
        this.#hashes.add(hash);
        this.#work.byClaim.set(hash, this);
      },
    });
    this.#open = { lottery, run, claims };
    return this.#open;
  }

  /** From the first attempt to the last. */
  async #collect({ lottery }: OpenRun, signal: AbortSignal): Promise<RunEnd> {
    const { view } = this.#work;
    const ended = new Promise<RunEnd>((resolve) => {
      this.#end = resolve;
    });
    const last = lottery.announced + ANNOUNCE_ROUNDS;
    const stop = view.onRound(({ number }) => {
      if (number >= last) this.#tell({ what: 'expired' });
    });
    try {
      this.#tell({ what: 'opened' });
      this.#stage();
      this.#opened?.();
      if (view.head >= last) this.#tell({ what: 'expired' });
      return await orAborted(ended, signal);
    } finally {
      stop();
    }
  }

  #await(staged: Promise<StagedContent>): void {
    staged.then(
      (content) => {
        this.#staged = content;
        this.#stage();
      },
      (error: unknown) => this.#abort.abort(error),
    );
  }

  /** Both the round and the content are there: storers can be assigned. */
  #stage(): void {
    if (this.#staged === undefined || this.#open === undefined || this.#desk !== undefined) return;
    const { lottery, run } = this.#open;
    this.#desk = new ReplicaDesk({
      work: this.#work,
      object: this.#object,
      staged: this.#staged,
      lottery,
      run,
      tell: (event) => this.#tell(event),
      released: (hash) => this.#seatSignal(hash),
    });
    this.#tell({ what: 'staged' });
  }

  #tell(event: RunEvent): void {
    const run = this.#open?.run;
    if (run === undefined || this.#abort.signal.aborted) return; // answers to what ran may come after the end
    for (const action of run.apply(event, this.#work.parts.clock.now())) this.#act(action);
    this.#alarm.set(run.wakeAtMs);
  }

  #act(action: RunAction): void {
    const { parts, feed } = this.#work;
    if (action.act === 'sign' || action.act === 'fail') this.#end?.(action);
    else if (action.act === 'assign')
      // What cannot be signed for one storer, an address that is too long for instance, cannot be for any.
      this.#assign(action).catch((error: unknown) => this.#abort.abort(error));
    else if (action.act === 'release') {
      if (action.reason !== 'surplus') parts.events.promotion(action.reason);
      this.#seats.get(action.candidate.hash)?.abort(released(action.reason));
    } else {
      parts.events.attempt(action.attempt);
      const { id } = this.#object;
      const round = this.round;
      // The first attempt begins with the round itself, which everybody sees.
      if (action.attempt > 0 && round !== undefined)
        feed.begin(objectIdHex(id), { id, round, attempt: action.attempt });
    }
  }

  async #assign(action: Extract<RunAction, { act: 'assign' }>): Promise<void> {
    const { hash } = action.candidate;
    const { parts } = this.#work;
    const { profile } = this.#object;
    const reply = await sendAssign(action, { parts, profile, signal: this.#seatSignal(hash) });
    parts.events.assign(reply.ok ? 'ok' : reply.reason);
    this.#tell({ what: 'answer', hash, ...(reply.ok ? {} : { reason: reply.reason }) });
  }

  #seatSignal(hash: string): AbortSignal {
    const known = this.#seats.get(hash) ?? new AbortController();
    this.#seats.set(hash, known);
    return known.signal;
  }

  #ring(): void {
    if (this.#open?.claims.holdsBack !== true) this.#tell({ what: 'tick' });
  }

  #stateNow(): PlacementState {
    if (this.#state === 'signing' || this.#open === undefined) return this.#state;
    return this.#open.run.phase === 'claiming' ? 'claiming' : 'assigning';
  }

  #shortage({ attempt, found, hasExpired }: Extract<RunAction, { act: 'fail' }>): ProvenderError {
    const needed = this.#object.replicas;
    const why = hasExpired ? 'the announcement has expired' : `${attempt + 1} attempts were made`;
    return new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `${found} of ${needed} storers hold the object, and ${why}; placement explain tells why`,
      { details: { reason: 'storers', attempt, found, needed } },
    );
  }

  #tau(): bigint {
    const { parameters } = this.#work.parts.genesis;
    return BigInt(parameters.tauNumerators[this.#object.replicas] ?? 0);
  }

  #close(key: string): void {
    const { byObject, byClaim, feed } = this.#work;
    this.#alarm.set(undefined);
    feed.end(key);
    byObject.delete(key);
    for (const hash of this.#hashes) byClaim.delete(hash);
    for (const seat of this.#seats.values()) seat.abort(released('unknown'));
    this.#abort.abort(new ProvenderError('PROVENDER_CANCELLED', 'the placement has ended'));
    this.#opened?.();
  }
}

function released(reason: PlacementReason): ProvenderError {
  return new ProvenderError('PROVENDER_CANCELLED', `the storer has no place any more: ${reason}`, {
    details: { reason },
  });
}
