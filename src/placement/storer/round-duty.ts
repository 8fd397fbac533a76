import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import type { Clock } from '../clock.ts';
import { LAST_ATTEMPT } from '../messages/object-fields.ts';
import type { NodePeer, OpenAttempt } from '../ports.ts';
import type { LoggedRound, RoundLog } from '../rounds/round-log.ts';
import type { AnnouncedObjects, Announced } from './announced.ts';
import type { ClaimDuty } from './claim-duty.ts';
import type { OwnClaim, OwnClaims } from './own-claims.ts';
import type { PendingName } from './pending-replica.ts';
import type { PendingReplicas } from './pending-replicas.ts';
import type { Reservations } from './reservations.ts';
import type { RoundAges } from './round-age.ts';
import { storerRound, type StorerRound } from './round-records.ts';

/** Attempts that are remembered until their round is here. */
const MOST_EARLY = 1000;

/** Books that rounds change. */
export interface RoundParts {
  readonly log: Pick<RoundLog, 'fault'>;
  readonly clock: Clock;
  readonly ages: RoundAges;
  readonly objects: AnnouncedObjects;
  readonly claims: OwnClaims;
  readonly pending: PendingReplicas;
  readonly reservations: Reservations;
  readonly duty: ClaimDuty;
}

/** What a storer does about a round, and about an attempt: it brings its books up to date and asks for lotteries. */
export class RoundDuty {
  readonly #parts: RoundParts;
  /** Attempts whose round is not here yet, by object and round. */
  readonly #early = new Map<string, number>();

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /** Takes a round that is older than this storer's start: what it announces can have further attempts. */
  remember(logged: LoggedRound): void {
    const round = storerRound(logged);
    this.#parts.objects.open(round.number, round.seed);
    this.#announced(round);
  }

  /** Takes the round behind the last one. */
  hear(logged: LoggedRound): void {
    const { log, clock, ages, objects, claims, pending } = this.#parts;
    const round = storerRound(logged);
    ages.seen(round.number, clock.now());
    pending.hear(round, log.fault() !== undefined);
    for (const { id } of round.setKeys) {
      objects.settle(id);
      this.#giveBack(claims.settle(id));
    }
    this.#announced(round);
    this.#drawAll(objects.open(round.number, round.seed));
    objects.expire(round.number);
    this.#giveBack(claims.expire(round.number));
  }

  /** Takes an attempt that a primary says it has begun. Only for what that primary has announced, and only later ones: the first begins with its round. */
  attempt({ id, round, attempt }: OpenAttempt, primary: NodePeer): void {
    if (attempt < 1 || attempt > LAST_ATTEMPT) return;
    const announced = this.#parts.objects.find(id, round);
    if (announced?.seed === undefined) this.#keepEarly(`${objectIdHex(id)}/${round}`, attempt);
    else if (announced.primaries.has(bytesToHex(primary.storerKey)))
      this.#parts.duty.draw([announced], attempt);
  }

  #announced({ announces, number: inRound }: StorerRound): void {
    const { log, objects, pending } = this.#parts;
    for (const announce of announces) {
      const announcers = ({ id, round }: PendingName) => objects.find(id, round)?.primaries;
      if (log.fault() === undefined) pending.supersede({ announce, inRound }, announcers);
      objects.add(announce, inRound);
    }
  }

  #drawAll(opened: readonly Announced[]): void {
    const { duty } = this.#parts;
    const first: Announced[] = [];
    for (const announced of opened) {
      const key = `${objectIdHex(announced.announce.id)}/${announced.round}`;
      const early = this.#early.get(key);
      this.#early.delete(key);
      if (early === undefined) first.push(announced);
      else duty.draw([announced], early);
    }
    if (first.length > 0) duty.draw(first, 0);
  }

  #keepEarly(key: string, attempt: number): void {
    this.#early.delete(key);
    this.#early.set(key, attempt);
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= MOST_EARLY) return;
      this.#early.delete(oldest);
    }
  }

  /** An assignment that runs gives its bytes back itself. */
  #giveBack(claims: readonly OwnClaim[]): void {
    const { pending, reservations } = this.#parts;
    for (const own of claims) {
      if (!pending.isFor(own)) reservations.release(own.key);
    }
  }
}
