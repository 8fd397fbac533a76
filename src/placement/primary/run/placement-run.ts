import { bytesToHex } from '@noble/hashes/utils.js';
import { compareClaims } from '../../../vrf/lottery.ts';
import { PlacementCaps } from '../../ranking.ts';
import type { PlacementReason } from '../../reasons.ts';
import { ATTEMPTS, type RunAction, type RunEvent, type RunRules, SHARE_SPANS, SPARES } from './run-events.ts';
import { type Candidate, isActive, overdueReason, type Seat } from './seat.ts';

/** Where a run is; `ended` after it has signed or failed. */
export type RunPhase = 'waiting' | 'claiming' | 'assigning' | 'ended';

/** `place` of an Assign is one byte. */
const MOST_PLACE = 255;

/**
 * One placement as a state machine: events in, actions out, no clock, no messages, no proofs. What a storer may do now is read from its seat; every
 * other rule of the sections on claims, assignments and attempts is here.
 *
 * States: waiting (for round r) -> claiming (Δ1) -> assigning (3·Δ2) -> ended; from assigning back to claiming with the next attempt.
 *
 * @see storer-selection.md, sections 5 and 6
 */
export class PlacementRun {
  readonly #rules: RunRules;
  readonly #seats = new Map<string, Seat>();
  readonly #hashes = new Map<string, string>();
  /** The seats in rank order; made when it is asked for. */
  #order: readonly Seat[] | undefined;
  #phase: RunPhase = 'waiting';
  #attempt = 0;
  #isStaged = false;
  #places = 0;
  #claimsEndMs: number | undefined;
  #attemptEndMs: number | undefined;
  #actions: RunAction[] = [];

  constructor(rules: RunRules) {
    this.#rules = rules;
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** The attempt that runs, from 0. */
  get attempt(): number {
    return this.#attempt;
  }

  /** When claims of the attempt end; absent when they have. */
  get claimsEndMs(): number | undefined {
    return this.#phase === 'claiming' ? this.#claimsEndMs : undefined;
  }

  /** When the run wants its next `tick`; absent when nothing can run out. */
  get wakeAtMs(): number | undefined {
    if (this.#phase !== 'claiming' && this.#phase !== 'assigning') return undefined;
    const times = [
      this.#claimsEndMs,
      this.#attemptEndMs,
      ...this.#activeSeats().map((one) => one.deadlineMs),
    ];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** The seat of a claim hash in hex. */
  seat(hash: string): Readonly<Seat> | undefined {
    return this.#seats.get(hash);
  }

  /** Every seat, the best rank first. */
  ranked(): readonly Readonly<Seat>[] {
    return this.#ordered();
  }

  /**
   * Why a new claim is not taken; asked before its proof is checked, which is dear, and again after.
   * @param arrivedMs - when it came; the check may take it past the end of claims
   */
  refusalOf(claim: Pick<Candidate, 'storerKey' | 'attempt'>, arrivedMs: number): PlacementReason | undefined {
    if (this.#phase === 'waiting') return 'round';
    if (claim.attempt > this.#attempt) return 'attempt';
    if (this.claimsEndMs === undefined || arrivedMs >= this.claimsEndMs) return 'late';
    const seat = this.#seats.get(this.#hashes.get(bytesToHex(claim.storerKey)) ?? '');
    if (seat === undefined) return undefined;
    // A storer that lost its place may try again with a ticket of a later attempt, unless it has cheated.
    const isAgain = seat.state === 'passed' && claim.attempt > seat.candidate.attempt;
    const hasCheated = seat.reason === 'possession' || seat.reason === 'contradiction';
    return isAgain && !hasCheated ? undefined : 'duplicate';
  }

  /** Takes an event. @param nowMs - never goes back @returns what to do about it, in order */
  apply(event: RunEvent, nowMs: number): readonly RunAction[] {
    if (this.#phase === 'ended') return [];
    this.#hear(event, nowMs);
    this.#settle(nowMs);
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #hear(event: RunEvent, nowMs: number): void {
    if ('hash' in event) this.#hearStorer(event);
    else if (event.what === 'claim') this.#claim(event.candidate, event.arrivedMs);
    else if (event.what === 'tick') this.#tick(nowMs);
    else if (event.what === 'staged') this.#isStaged = true;
    else if (event.what === 'expired') this.#fail(true);
    else if (this.#phase === 'waiting') this.#open(0, nowMs);
  }

  #hearStorer(event: Extract<RunEvent, { hash: string }>): void {
    const seat = this.#seats.get(event.hash);
    if (seat === undefined || !isActive(seat)) return;
    if (event.what === 'commit') {
      if (seat.state === 'complete') return;
      seat.state = 'committed';
      seat.commit = event.commit;
    } else if (event.what === 'doubt') {
      seat.isInDoubt = true;
    } else if (event.what === 'fetch') {
      if (seat.state === 'assigned') seat.state = 'fetching';
    } else if (event.reason !== undefined) {
      // Who is complete needs no assignment any more; only what it did itself takes its place.
      if (seat.state !== 'complete' || event.what === 'spoiled') this.#pass(seat, event.reason);
    } else if (event.what === 'answer') {
      seat.hasAnswered = true;
    } else if (seat.state === 'committed') {
      seat.state = 'complete';
      delete seat.deadlineMs;
    }
  }

  #claim(candidate: Candidate, arrivedMs: number): void {
    if (this.refusalOf(candidate, arrivedMs) !== undefined) return;
    const storer = bytesToHex(candidate.storerKey);
    this.#seats.delete(this.#hashes.get(storer) ?? '');
    this.#order = undefined;
    this.#hashes.set(storer, candidate.hash);
    this.#seats.set(candidate.hash, { candidate, state: 'claimed', hasAnswered: false });
  }

  #open(attempt: number, nowMs: number): void {
    this.#phase = 'claiming';
    this.#attempt = attempt;
    this.#claimsEndMs = nowMs + this.#rules.claimMs;
    this.#attemptEndMs = undefined;
    this.#actions.push({ act: 'attempt', attempt });
  }

  #tick(nowMs: number): void {
    for (const seat of this.#activeSeats()) {
      if (seat.deadlineMs !== undefined && seat.deadlineMs <= nowMs) this.#pass(seat, overdueReason(seat));
    }
    if (this.#claimsEndMs === undefined || nowMs < this.#claimsEndMs) return;
    this.#claimsEndMs = undefined;
    this.#phase = 'assigning';
  }

  /** Brings the run on as far as it goes without another event. */
  #settle(nowMs: number): void {
    if (this.#phase !== 'claiming' && this.#phase !== 'assigning') return;
    if (this.#sign() || this.#phase === 'claiming') return;
    if (this.#reach(nowMs) >= this.#rules.replicas) {
      if (this.#isStaged) this.#fill(nowMs);
    } else if (this.#attempt + 1 < ATTEMPTS) this.#open(this.#attempt + 1, nowMs);
    else this.#fail(false);
  }

  /** Storers that may still become complete in this attempt. */
  #reach(nowMs: number): number {
    const isOver = this.#attemptEndMs !== undefined && nowMs >= this.#attemptEndMs;
    const waiting = isOver ? 0 : this.#fitting(Number.POSITIVE_INFINITY).length;
    return this.#activeSeats().length + waiting;
  }

  /** Gives free places to the best ranks that the caps allow. */
  #fill(nowMs: number): void {
    const { replicas, shareMs } = this.#rules;
    this.#attemptEndMs ??= nowMs + SHARE_SPANS * shareMs;
    const leftMs = Math.min(shareMs, this.#attemptEndMs - nowMs);
    for (const seat of this.#fitting(replicas + SPARES - this.#activeSeats().length)) {
      const place = Math.min(this.#places++, MOST_PLACE);
      seat.state = 'assigned';
      seat.place = place;
      seat.deadlineMs = nowMs + leftMs;
      delete seat.reason;
      this.#actions.push({ act: 'assign', candidate: seat.candidate, place, deadlineMs: leftMs });
    }
  }

  /** The best seats without a place that fit beside those with one; marks who ranks too low and who is capped. */
  #fitting(free: number): readonly Seat[] {
    const caps = new PlacementCaps(this.#rules);
    for (const { candidate } of this.#activeSeats()) caps.take(candidate);
    const found: Seat[] = [];
    for (const seat of this.#waitingSeats()) {
      const cap = found.length < free ? caps.take(seat.candidate) : 'rank';
      seat.state = cap === 'operator' || cap === 'region' ? 'skipped' : 'claimed';
      if (cap === undefined) found.push(seat);
      else seat.reason = cap;
    }
    return found;
  }

  #sign(): boolean {
    const complete = this.ranked().flatMap(({ state, candidate, commit }) =>
      state === 'complete' && commit !== undefined ? [{ candidate, commit }] : [],
    );
    if (complete.length < this.#rules.replicas) return false;
    const signed = complete.slice(0, this.#rules.replicas);
    const hashes = new Set(signed.map(({ candidate }) => candidate.hash));
    for (const seat of this.#activeSeats()) {
      if (hashes.has(seat.candidate.hash)) seat.state = 'signed';
      else this.#pass(seat, 'surplus');
    }
    this.#phase = 'ended';
    this.#actions.push({ act: 'sign', attempt: this.#attempt, signed });
    return true;
  }

  #fail(hasExpired: boolean): void {
    const found = this.#activeSeats().filter(({ state }) => state === 'complete').length;
    for (const seat of this.#activeSeats()) {
      this.#pass(seat, seat.state === 'complete' ? 'surplus' : overdueReason(seat));
    }
    this.#phase = 'ended';
    this.#actions.push({ act: 'fail', attempt: this.#attempt, found, hasExpired });
  }

  #pass(seat: Seat, reason: PlacementReason): void {
    seat.state = 'passed';
    seat.reason = reason;
    delete seat.deadlineMs;
    this.#actions.push({ act: 'release', candidate: seat.candidate, reason });
  }

  #activeSeats(): readonly Seat[] {
    return this.#ordered().filter(isActive);
  }

  #waitingSeats(): readonly Seat[] {
    return this.#ordered().filter(({ state }) => state === 'claimed' || state === 'skipped');
  }

  #ordered(): readonly Seat[] {
    this.#order ??= [...this.#seats.values()].sort((x, y) => compareClaims(x.candidate, y.candidate));
    return this.#order;
  }
}
