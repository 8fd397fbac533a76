import { ProvenderError } from '../../content/provender-error.ts';
import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import type { Signer } from '../../proof/commitment.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { VrfEngine } from '../../vrf/vrf-engine.ts';
import type { Clock } from '../clock.ts';
import type { NodePeer, PlacementReply, PrimaryCalls, ReplicaKeeper } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import type { NetworkParameters } from '../registry/network-parameters.ts';
import type { LoggedRound, RoundLog } from '../rounds/round-log.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { AnnouncedObjects } from './announced.ts';
import { type CheckedAssign, checkAssign } from './assign-check.ts';
import { watchAttempts } from './attempt-watch.ts';
import { ClaimCourier } from './claim-courier.ts';
import { ClaimDuty, type NodeLookup } from './claim-duty.ts';
import { StorerExplanations, type StorerExplanation } from './explanation.ts';
import type { StorerHandlers } from './handlers.ts';
import { Lanes } from './lanes.ts';
import { type OwnClaim, OwnClaims } from './own-claims.ts';
import { PendingReplicas } from './pending-replicas.ts';
import { ReplicaRecords } from './replica-records.ts';
import { Reservations } from './reservations.ts';
import { RoundAges } from './round-age.ts';
import { RoundDuty } from './round-duty.ts';
import { watchRounds } from './round-watch.ts';
import { settlePending } from './settle-at-open.ts';
import type { StorerEvents } from './storer-events.ts';

/** Assignments that are worked on at once. */
const ASSIGNMENTS = 4;
/** Assignments that wait for each one that is worked on. */
const WAITING_FOR_EACH = 32;
const CALL_MS = 10_000;
/** Claims are brought, and made at all, for this many Δ1: the primary may have the round later than this storer. */
const CLAIM_SPANS = 2;

/** What of a genesis concerns a storer; a `Genesis` is one. */
interface StorerNetwork {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly primaries: readonly NodePeer[];
  readonly parameters: NetworkParameters;
}

/** What a storer is made of; all of it stays the owner's. */
export interface StorerOptions {
  readonly genesis: StorerNetwork;
  readonly log: RoundLog;
  readonly registry: NodeLookup;
  /** The node key. */
  readonly signer: Signer;
  /** Public key that belongs to `vrf`, 32 bytes. */
  readonly vrfKey: Uint8Array;
  readonly vrf: VrfEngine;
  readonly primaries: PrimaryCalls;
  readonly keeper: ReplicaKeeper;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly events: StorerEvents;
  /** Assignments that are worked on at once; 4 unless given. 32 times as many wait, the others are refused. */
  readonly assignments?: number;
  /** Time of one call that does not answer, and of a source that sends nothing, milliseconds; 10,000 unless given. */
  readonly callMs?: number;
}

/**
 * The storer's side of a placement: runs the lottery for every object that the log announces, claims what it wins, and turns assignments into replicas
 * that the log names. Open until `close`; what it has promised is in the state store, so that it can end at any moment.
 *
 * @see storer-selection.md, sections 3 to 5
 */
export class Storer implements StorerHandlers, AsyncDisposable {
  readonly #options: StorerOptions;
  readonly #closing = new AbortController();
  readonly #objects = new AnnouncedObjects();
  readonly #claims = new OwnClaims();
  readonly #explanations = new StorerExplanations();
  readonly #reservations: Reservations;
  readonly #lanes: Lanes;
  readonly #records: ReplicaRecords;
  readonly #pending: PendingReplicas;
  readonly #courier: ClaimCourier;
  readonly #duty: ClaimDuty;
  readonly #rounds: RoundDuty;
  #watches: readonly Promise<void>[] = [];
  #closed: Promise<void> | undefined;

  private constructor(options: StorerOptions) {
    const { clock, genesis, state, events, primaries, signer, callMs = CALL_MS } = options;
    const closing = this.#closing.signal;
    const windowMs = CLAIM_SPANS * genesis.parameters.claimMs;
    this.#options = options;
    this.#reservations = new Reservations(() => clock.now());
    this.#lanes = new Lanes(options.assignments ?? ASSIGNMENTS);
    this.#records = new ReplicaRecords(state);
    const books = { reservations: this.#reservations, explanations: this.#explanations };
    const onBytes = (bytes: number): void => events.fetched(bytes);
    const work = {
      ...options,
      ...books,
      records: this.#records,
      lanes: this.#lanes,
      callMs,
      closing,
      onBytes,
    };
    this.#pending = new PendingReplicas(work);
    const onRefused = (own: OwnClaim, reason: PlacementReason): void => this.#refused(own, reason);
    this.#courier = new ClaimCourier({
      peers: genesis.primaries,
      primaries,
      clock,
      events,
      windowMs,
      closing,
      onRefused,
    });
    const shared = {
      ages: new RoundAges(genesis.parameters.roundIntervalMs),
      claims: this.#claims,
      pending: this.#pending,
    };
    const keys = { storerKey: signer.publicKey, vrfKey: options.vrfKey };
    const { networkId, parameters } = genesis;
    const claiming = { ...options, ...books, ...shared, keys, networkId, parameters, windowMs, closing };
    this.#duty = new ClaimDuty({ ...claiming, courier: this.#courier });
    const { reservations } = books;
    this.#rounds = new RoundDuty({
      ...shared,
      log: options.log,
      clock,
      reservations,
      objects: this.#objects,
      duty: this.#duty,
    });
  }

  /**
   * Settles what a former life left behind, then follows log and primaries.
   * @throws ProvenderError as log, keeper and state store do
   */
  static async open(options: StorerOptions): Promise<Storer> {
    const storer = new Storer(options);
    await storer.#start();
    return storer;
  }

  /** Bytes that claims and assignments hold back now. */
  get reservedBytes(): number {
    return this.#reservations.bytes;
  }

  /** Replicas that the log has not spoken about. */
  get pendingReplicas(): number {
    return this.#pending.size;
  }

  assign(message: Uint8Array): Promise<PlacementReply> {
    if (this.#closing.signal.aborted)
      return Promise.reject(new ProvenderError('PROVENDER_CLOSED', 'the storer is shutting down'));
    const reply = this.#answer(message);
    this.#options.events.assign(reply.ok ? 'ok' : reply.reason);
    return Promise.resolve(reply);
  }

  explain(id: ObjectId): StorerExplanation | undefined {
    return this.#explanations.get(id);
  }

  /**
   * Ends all work: what is being fetched is dropped, what is committed stays and is settled by the next start. Idempotent.
   * @returns when nothing runs any more
   */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    const { log, keeper, genesis, primaries, clock, events } = this.#options;
    const head = log.head().number; // what comes behind it is heard below
    const open = await settlePending({ log, keeper, records: this.#records });
    const oldest = head > ANNOUNCE_ROUNDS ? head - ANNOUNCE_ROUNDS : 0n;
    for (const name of open) this.#pending.resume(name);
    for (let number = oldest; number < head; number++) this.#rounds.remember(await log.get(number));
    const signal = this.#closing.signal;
    const onRound = (round: LoggedRound): void => {
      this.#rounds.hear(round);
      events.reserved(this.#reservations.bytes); // some end by their time
    };
    const rounds = watchRounds({ log, clock, events, signal, onRound }, head);
    const watch = { primaries, clock, events, signal };
    const attempts = genesis.primaries.map((peer) =>
      watchAttempts(
        { ...watch, onAttempt: (attempt, primary) => this.#rounds.attempt(attempt, primary) },
        peer,
      ),
    );
    this.#watches = [rounds, ...attempts];
  }

  /** Answers at once, so that two Assigns cannot pass each other. */
  #answer(message: Uint8Array): PlacementReply {
    const { networkId, primaries } = this.#options.genesis;
    const checked = checkAssign(message, { networkId, primaries, claims: this.#claims });
    if (typeof checked === 'string') return { ok: false, reason: checked };
    const { own } = checked;
    const before = own.answered;
    if (before !== undefined && compareBytes(before.message, message) === 0) return before.reply;
    if (this.#pending.isFor(own)) return sameOrder(checked);
    const reason = this.#obstacle(checked);
    const reply: PlacementReply = reason === undefined ? { ok: true } : { ok: false, reason };
    own.answered = { message, reply, primaryKey: checked.assign.primaryKey };
    if (reply.ok) this.#begin(checked);
    return reply;
  }

  #begin({ own, assign, primary }: CheckedAssign): void {
    const { seed } = own.announced;
    if (seed === undefined) return; // refused above
    this.#explanations.advance(own.claim, { stage: 'assigned', changedUnixMs: this.#options.clock.unixMs() });
    this.#pending.begin(own, { assign, primary, seed });
    this.#options.events.reserved(this.#reservations.bytes);
  }

  /** Why an Assign is not taken; its bytes are held back when nothing is in the way. */
  #obstacle({ own }: CheckedAssign): PlacementReason | undefined {
    const { log, keeper, assignments = ASSIGNMENTS } = this.#options;
    if (log.fault() !== undefined) return 'fault';
    if (own.announced.seed === undefined) return 'round';
    if (own.isSpent) return 'late';
    if (this.#pending.has(own.claim.id)) return 'held';
    if (this.#lanes.size >= assignments * (1 + WAITING_FOR_EACH)) return 'full';
    const hasRoom = this.#reservations.hold(own.key, { bytes: own.storedBytes, free: keeper.freeBytes() });
    return hasRoom ? undefined : 'full';
  }

  /** Nobody will use the claim in this attempt; should a later one ask for it, its bytes are held back again. */
  #refused(own: OwnClaim, reason: PlacementReason): void {
    if (this.#pending.has(own.claim.id)) return; // another answer was faster
    if (reason !== 'unreachable') this.#reservations.release(own.key); // else the answer may be what was lost
    const changedUnixMs = this.#options.clock.unixMs();
    this.#explanations.advance(own.claim, { stage: 'claimed', reason, changedUnixMs });
    this.#options.events.reserved(this.#reservations.bytes);
  }

  async #end(): Promise<void> {
    this.#closing.abort(new ProvenderError('PROVENDER_CLOSED', 'the storer is shutting down'));
    await Promise.all([this.#duty.idle(), ...this.#watches]);
    await Promise.all([this.#courier.idle(), this.#pending.idle()]);
    this.#reservations.clear();
  }
}

/** An assignment that runs is that of one primary. */
function sameOrder({ own, assign }: CheckedAssign): PlacementReply {
  const { answered } = own;
  const isSame = answered !== undefined && compareBytes(answered.primaryKey, assign.primaryKey) === 0;
  return isSame ? { ok: true } : { ok: false, reason: 'held' };
}
