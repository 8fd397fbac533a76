import { compareBytes, OBJECT_KIND } from '../../content/object-id.ts';
import type { VrfEngine } from '../../vrf/vrf-engine.ts';
import type { Clock } from '../clock.ts';
import type { ReplicaKeeper } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import type { NetworkParameters } from '../registry/network-parameters.ts';
import type { RegisteredNode } from '../registry/registered-node.ts';
import type { SnapshotLeaf } from '../registry/snapshot.ts';
import type { RoundLog } from '../rounds/round-log.ts';
import type { Announced } from './announced.ts';
import type { ClaimCourier } from './claim-courier.ts';
import type { DrawFacts, StorerExplanations } from './explanation.ts';
import { type Drawn, runLottery } from './lottery.ts';
import { type OwnClaim, type OwnClaims, ownClaim } from './own-claims.ts';
import type { PendingReplicas } from './pending-replicas.ts';
import { reservationMs } from './reservation-time.ts';
import type { Reservations } from './reservations.ts';
import type { RoundAges } from './round-age.ts';
import type { StorerEvents } from './storer-events.ts';

/** The keys of a storer. */
interface StorerKeys {
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** Public key of its lottery, 32 bytes. */
  readonly vrfKey: Uint8Array;
}

/** The registry as it is now; a `Registry` is one. */
export interface NodeLookup {
  node(storerKey: Uint8Array): Pick<RegisteredNode, 'retired'> | undefined;
}

/** What the lottery and its claims need. */
export interface ClaimParts {
  readonly keys: StorerKeys;
  readonly networkId: Uint8Array;
  readonly parameters: NetworkParameters;
  readonly log: RoundLog;
  readonly registry: NodeLookup;
  readonly vrf: VrfEngine;
  readonly keeper: ReplicaKeeper;
  readonly clock: Clock;
  readonly ages: RoundAges;
  readonly claims: OwnClaims;
  readonly courier: ClaimCourier;
  readonly pending: PendingReplicas;
  readonly reservations: Reservations;
  readonly explanations: StorerExplanations;
  readonly events: StorerEvents;
  /** A first attempt that is older than this is over. */
  readonly windowMs: number;
  readonly closing: AbortSignal;
}

/** Which lottery, and with what weight. */
interface LotteryOf {
  /** r. */
  readonly round: bigint;
  readonly attempt: number;
  readonly leaf: SnapshotLeaf | undefined;
  readonly totalWeight: bigint;
}

/** Runs lotteries, one round or attempt after the other, and claims what is won. */
export class ClaimDuty {
  readonly #parts: ClaimParts;
  /** Ends with the lottery that was asked for last. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  /** Asks for the lottery of objects of one round; an object with a claim of a lower attempt uses that. Failures are told to `events`. */
  draw(objects: readonly Announced[], attempt: number): void {
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#parts.closing.aborted) await this.#draw(objects, attempt);
      } catch (error) {
        this.#parts.events.trouble('lottery', error);
      }
    });
  }

  /** Resolves when no lottery runs. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #draw(objects: readonly Announced[], attempt: number): Promise<void> {
    const { parameters, log, vrf, networkId, clock, events, keys } = this.#parts;
    // Other kinds are not placed, and what is over needs nobody.
    const files = objects.filter(({ announce, isOver }) => announce.kind === OBJECT_KIND.file && !isOver);
    const fresh = files.filter((announced) => !this.#renew(announced));
    const [first] = fresh;
    if (first === undefined) return;
    const snapshot = await log.registryAt(first.round / BigInt(parameters.epochLength));
    const { totalWeight } = snapshot;
    const leaf = snapshot.find(keys.storerKey);
    const lottery = { round: first.round, attempt, leaf, totalWeight };
    const bar = this.#bar(lottery);
    if (bar !== undefined || leaf === undefined) {
      for (const announced of fresh) this.#note(announced, lottery, { reason: bar ?? 'unregistered' });
      return;
    }
    const { tauNumerators } = parameters;
    const startedMs = clock.now();
    const drawn = await runLottery(vrf, fresh, { networkId, leaf, totalWeight, attempt, tauNumerators });
    const selected = drawn.filter(({ facts }) => facts.selected).length;
    events.lotteries({ run: drawn.length, selected, tookMs: clock.now() - startedMs });
    for (const one of drawn) await this.#claim(one, lottery);
  }

  /** Why no lottery is worth running. */
  #bar(lottery: LotteryOf): PlacementReason | undefined {
    const { log, registry, keys } = this.#parts;
    if (log.fault() !== undefined) return 'fault';
    if (registry.node(keys.storerKey)?.retired === true) return 'retired';
    if (lottery.leaf === undefined || lottery.leaf.weight === 0n) return 'unregistered';
    if (compareBytes(lottery.leaf.vrfKey, keys.vrfKey) !== 0) return 'proof';
    return this.#isLate(lottery) ? 'late' : undefined;
  }

  /** A first attempt begins with its round; later ones begin when a primary says so, which is how they are heard of. */
  #isLate({ attempt, round }: LotteryOf): boolean {
    const { ages, clock, log, windowMs } = this.#parts;
    ages.seen(log.head().number, clock.now());
    return attempt === 0 && ages.atLeastMs(round, clock.now()) > windowMs;
  }

  async #claim({ announced, facts, proof }: Drawn, lottery: LotteryOf): Promise<void> {
    const { keys, networkId, keeper, claims, courier, events } = this.#parts;
    const { id, profile, sizeBytes } = announced.announce;
    const { round, attempt } = lottery;
    if (!facts.selected) {
      this.#note(announced, lottery, { facts, reason: 'threshold' });
      return;
    }
    const claim = { profile, networkId, id, round, attempt, storerKey: keys.storerKey, proof };
    const own = ownClaim(claim, announced, keeper.storedBytes({ sizeBytes, profile }));
    const reason = await this.#obstacle(own, lottery);
    events.claim(reason ?? 'ok');
    this.#note(announced, lottery, { facts, ...(reason !== undefined && { reason }) });
    if (reason !== undefined) return;
    claims.add(own);
    courier.send(own);
  }

  /** Why a lottery that is won is not claimed; the bytes of the replica are held back when nothing is in the way. */
  async #obstacle(own: OwnClaim, lottery: LotteryOf): Promise<PlacementReason | undefined> {
    const { keeper, pending, log } = this.#parts;
    const { id } = own.claim;
    if (pending.has(id) || (await keeper.holds(id))) return 'held';
    if (log.fault() !== undefined) return 'fault';
    if (this.#isLate(lottery)) return 'late';
    if (own.announced.isOver) return 'unknown';
    return this.#reserve(own) ? undefined : 'full';
  }

  /** Uses the claim of a lower attempt, if there is one: holds its bytes again, and brings it to who may not have it. */
  #renew(announced: Announced): boolean {
    const { claims, pending, courier, explanations, clock } = this.#parts;
    const own = claims.of(announced.announce.id, announced.round);
    if (own === undefined) return false;
    if (pending.has(own.claim.id)) return true; // it has its place already
    const isRoom = this.#reserve(own);
    const change = isRoom
      ? { stage: 'claimed' as const }
      : { stage: 'passed' as const, reason: 'full' as const };
    explanations.advance(own.claim, { ...change, changedUnixMs: clock.unixMs() });
    if (isRoom) courier.send(own);
    return true;
  }

  #reserve({ key, storedBytes, announced }: OwnClaim): boolean {
    const { reservations, keeper, clock, parameters, events } = this.#parts;
    const untilMs = clock.now() + reservationMs(announced.announce.sizeBytes, parameters);
    const isHeld = reservations.hold(key, { bytes: storedBytes, free: keeper.freeBytes(), untilMs });
    events.reserved(reservations.bytes);
    return isHeld;
  }

  #note(
    { announce }: Announced,
    { round, attempt, leaf, totalWeight }: LotteryOf,
    { facts, reason }: { readonly facts?: DrawFacts; readonly reason?: PlacementReason },
  ): void {
    const { explanations, clock } = this.#parts;
    explanations.set({
      id: announce.id,
      round,
      attempt,
      stage: reason === undefined ? 'claimed' : 'drawn',
      weight: leaf?.weight ?? 0n,
      totalWeight,
      ...(facts !== undefined && { lottery: facts }),
      ...(reason !== undefined && { reason }),
      changedUnixMs: clock.unixMs(),
    });
  }
}
