import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { encodeAssign } from '../messages/assign.ts';
import { claimHash } from '../messages/claim.ts';
import type { PlacementReply, StagedContent } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { Alarm } from './alarm.ts';
import { checkClaim, type ClaimMessage } from './claim-check.ts';
import type { Explanation, PlacementState } from './explanation.ts';
import { explainStorers, RefusedClaims } from './explanations.ts';
import { type Lottery, openLottery } from './lottery.ts';
import type { PlacingObject } from './placing-object.ts';
import { ReplicaDesk } from './replica-desk.ts';
import { PlacementRun } from './run/placement-run.ts';
import type { RunAction, RunEvent } from './run/run-events.ts';
import type { Candidate } from './run/seat.ts';
import type { SharedWork } from './shared-work.ts';
import { signPlacement } from './signing.ts';
import { linkSignals, orAborted } from './waiting.ts';

/** How a run ends. */
type RunEnd = Extract<RunAction, { act: 'sign' | 'fail' }>;

/**
 * One Announce and what comes of it: drives a `PlacementRun` with the clock, the log and the messages. Lives as long as `place` runs, and leaves
 * nothing behind then.
 */
export class Placing {
  readonly #work: SharedWork;
  readonly #object: PlacingObject;
  readonly #abort = new AbortController();
  readonly #refused = new RefusedClaims();
  readonly #checking = new Map<string, Promise<PlacementReply>>();
  readonly #seats = new Map<string, AbortController>();
  readonly #hashes = new Set<string>();
  readonly #alarm: Alarm;
  readonly #startMs: number;
  readonly #startUnixMs: number;
  #state: PlacementState = 'announcing';
  #announced: bigint | undefined;
  #lottery: Lottery | undefined;
  #run: PlacementRun | undefined;
  #desk: ReplicaDesk | undefined;
  #staged: StagedContent | undefined;
  #end: ((end: RunEnd) => void) | undefined;
  #opened: (() => void) | undefined;
  /** Settles when claims can be checked. */
  readonly opened: Promise<void>;

  constructor(work: SharedWork, object: PlacingObject) {
    this.#work = work;
    this.#object = object;
    this.#alarm = new Alarm(work.parts.clock, () => this.#ring());
    this.#startMs = work.parts.clock.now();
    this.#startUnixMs = work.parts.clock.unixMs();
    this.opened = new Promise((resolve) => {
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
      const end = await this.#collect(signal);
      if (end.act === 'fail') throw this.#shortage(end);
      this.#state = 'signing';
      const staged = await orAborted(this.#object.staged, signal);
      const signing = { object: this.#object, dataRoot: staged.facts.dataRoot, signed: end };
      return await signPlacement({ ...signing, lottery: this.#known() }, this.#work, signal);
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
    const snapshot = this.#lottery?.snapshot;
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
      attempt: this.#run?.attempt ?? 0,
      tauNumerator: this.#tau(),
      ...(snapshot === undefined
        ? {}
        : { totalWeight: snapshot.totalWeight, registered: snapshot.leafCount }),
      startedUnixMs: this.#startUnixMs,
      ...(end === undefined ? {} : { tookMs: parts.clock.now() - this.#startMs }),
      ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
      storers: explainStorers(this.#run, this.#refused),
    };
  }

  /**
   * Takes a claim for this object.
   * @returns the answer; the same claim gets the same one
   */
  async claim(one: ClaimMessage): Promise<PlacementReply> {
    const hash = bytesToHex(claimHash(one.message));
    if (this.#run?.seat(hash) !== undefined) return { ok: true };
    const running = this.#checking.get(hash);
    if (running !== undefined) return running;
    const check = this.#check(one);
    this.#checking.set(hash, check);
    try {
      return await check;
    } finally {
      this.#checking.delete(hash);
      // Claims that came in time are ranked, however long their check takes.
      if (this.#checking.size === 0 && this.#isDue()) this.#tell({ what: 'tick' });
    }
  }

  async #check(one: ClaimMessage): Promise<PlacementReply> {
    const arrivedMs = this.#work.parts.clock.now();
    const { claim } = one;
    const refusal = this.#refusal(one, arrivedMs);
    const found = refusal ?? (await checkClaim(one, this.#claimContext()));
    const reason = typeof found === 'string' ? found : this.#run?.refusalOf(found, arrivedMs);
    if (typeof found !== 'string' && reason === undefined) {
      this.#hashes.add(found.hash);
      this.#work.byClaim.set(found.hash, this);
      this.#tell({ what: 'claim', candidate: found, arrivedMs });
      return { ok: true };
    }
    const word = reason ?? 'unknown';
    const weight = this.#lottery?.snapshot.find(claim.storerKey)?.weight ?? 0n;
    this.#refused.add(claim, { reason: word, weight });
    return { ok: false, reason: word };
  }

  #refusal({ claim }: ClaimMessage, arrivedMs: number): PlacementReason | undefined {
    if (this.#run === undefined || claim.round !== this.round) return 'round';
    if (claim.profile !== this.#object.profile) return 'profile';
    const refusal = this.#run.refusalOf(claim, arrivedMs);
    if (refusal !== undefined) return refusal;
    return this.#work.parts.chain.registry.node(claim.storerKey)?.retired === true ? 'retired' : undefined;
  }

  #claimContext() {
    return { lottery: this.#known(), tauNumerator: this.#tau(), vrf: this.#work.vrf };
  }

  async #collect(signal: AbortSignal): Promise<RunEnd> {
    const { announcer, parts, view } = this.#work;
    this.#announced = await announcer.announce(this.#object, signal);
    const lottery = await openLottery(this.#announced, { parts, view, signal });
    const { claimMs, commitMs, bytesPerSecond, regionCap } = parts.genesis.parameters;
    const ended = new Promise<RunEnd>((resolve) => {
      this.#end = resolve;
    });
    const { replicas, sizeBytes } = this.#object;
    const shareMs = commitMs + Math.ceil((1000 * sizeBytes) / bytesPerSecond);
    this.#lottery = lottery;
    this.#run = new PlacementRun({
      replicas,
      claimMs,
      shareMs,
      regionCap: regionCap && lottery.snapshot.regions >= 2,
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
    if (this.#staged === undefined || this.#run === undefined || this.#desk !== undefined) return;
    this.#desk = new ReplicaDesk({
      work: this.#work,
      object: this.#object,
      staged: this.#staged,
      run: this.#run,
      lottery: this.#known(),
      tell: (event) => this.#tell(event),
      released: (hash) => this.#seatSignal(hash),
    });
    this.#tell({ what: 'staged' });
  }

  #tell(event: RunEvent): void {
    const run = this.#run;
    if (run === undefined) return;
    for (const action of run.apply(event, this.#work.parts.clock.now())) this.#act(action);
    this.#alarm.set(run.wakeAtMs);
  }

  #act(action: RunAction): void {
    const { parts, feed } = this.#work;
    if (action.act === 'sign' || action.act === 'fail') this.#end?.(action);
    else if (action.act === 'assign') void this.#assign(action);
    else if (action.act === 'release') {
      if (action.reason !== 'surplus') parts.events.promotion(action.reason);
      this.#seats.get(action.candidate.hash)?.abort(released(action.reason));
    } else {
      parts.events.attempt(action.attempt);
      const { id } = this.#object;
      // The first attempt begins with the round itself, which everybody sees.
      if (action.attempt > 0)
        feed.begin(objectIdHex(id), { id, round: this.#known().round, attempt: action.attempt });
    }
  }

  async #assign({ candidate, place, deadlineMs }: Extract<RunAction, { act: 'assign' }>): Promise<void> {
    const reply = await this.#sendAssign(candidate, { place, deadlineMs });
    this.#work.parts.events.assign(reply.ok ? 'ok' : reply.reason);
    this.#tell({ what: 'answer', hash: candidate.hash, ...(reply.ok ? {} : { reason: reply.reason }) });
  }

  async #sendAssign(
    { storerKey, hash }: Candidate,
    terms: { readonly place: number; readonly deadlineMs: number },
  ): Promise<PlacementReply> {
    const { storers, signer, address, genesis, chain } = this.#work.parts;
    const node = chain.registry.node(storerKey);
    if (node === undefined || node.retired) return { ok: false, reason: 'retired' };
    const about = {
      networkId: genesis.networkId,
      profile: this.#object.profile,
      claimHash: hexToBytes(hash),
    };
    const message = encodeAssign(
      { ...about, ...terms, sources: [address], primaryKey: signer.publicKey },
      signer,
    );
    const host = node.host.includes(':') ? `[${node.host}]` : node.host;
    const peer = { storerKey, address: `${host}:${node.grpcPort}` };
    try {
      return await storers.assign(peer, message, { signal: this.#seatSignal(hash) });
    } catch {
      return { ok: false, reason: 'unreachable' }; // whatever it was, the place goes to the next rank
    }
  }

  #seatSignal(hash: string): AbortSignal {
    const known = this.#seats.get(hash) ?? new AbortController();
    this.#seats.set(hash, known);
    return known.signal;
  }

  #ring(): void {
    if (this.#checking.size === 0 || !this.#isDue()) this.#tell({ what: 'tick' });
  }

  #isDue(): boolean {
    const endMs = this.#run?.claimsEndMs;
    return endMs !== undefined && this.#work.parts.clock.now() >= endMs;
  }

  #stateNow(): PlacementState {
    if (this.#state === 'signing' || this.#run === undefined) return this.#state;
    return this.#run.phase === 'claiming' ? 'claiming' : 'assigning';
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

  #known(): Lottery {
    if (this.#lottery !== undefined) return this.#lottery;
    throw new ProvenderError('PROVENDER_INTERNAL', 'a placement works before its round is there');
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
