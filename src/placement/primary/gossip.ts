import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import { compareClaims } from '../../vrf/lottery.ts';
import { decodeClaim } from '../messages/claim.ts';
import type { SetKey } from '../messages/set-key.ts';
import { PlacementCaps } from '../ranking.ts';
import { ANNOUNCE_ROUNDS } from '../rounds/announce-book.ts';
import { checkClaim, type ClaimMessage } from './claim-check.ts';
import { snapshotOf } from './lottery.ts';
import type { LogView } from './log-view.ts';
import type { PrimaryParts } from './primary-options.ts';
import type { Candidate } from './run/seat.ts';
import type { SeenRound } from './seen-round.ts';
import type { VrfBatches } from './vrf-batches.ts';

/** Claims of other primaries' objects that are kept. */
const MOST_CLAIMS = 65_536;
/** Claims of one object. */
const MOST_OF_OBJECT = 256;
/** Fewer may be missing by chance: a claim that came too late, a storer that was away. @see storer-selection.md, section 6, "censorship" */
const LEAST_PASSED_OVER = 2;

interface Kept {
  readonly round: bigint;
  readonly claims: Map<string, ClaimMessage>;
}

/**
 * Claims for objects of other primaries. Nothing of them is checked until the object has its SetKey; then those that rank before a storer of the
 * SetKey are counted, since a primary that drops better ranks can be seen by that. A storer that was assigned and failed counts as well: the figure
 * is a hint, and no proof.
 */
export class Gossip {
  readonly #parts: PrimaryParts;
  readonly #view: LogView;
  readonly #vrf: VrfBatches;
  readonly #objects = new Map<string, Kept>();
  readonly #checks = new Set<Promise<void>>();
  #count = 0;

  constructor(parts: PrimaryParts, view: LogView, vrf: VrfBatches) {
    this.#parts = parts;
    this.#view = view;
    this.#vrf = vrf;
    view.onRound((round) => this.#look(round));
  }

  /** Keeps a claim for an object that another primary announced; the first of each storer and attempt. */
  keep(one: ClaimMessage): void {
    const { id, round, storerKey, attempt } = one.claim;
    const name = nameOf(objectIdHex(id), round);
    const kept = this.#objects.get(name) ?? { round, claims: new Map<string, ClaimMessage>() };
    const storer = `${bytesToHex(storerKey)}/${attempt}`;
    const isFull = this.#count >= MOST_CLAIMS || kept.claims.size >= MOST_OF_OBJECT;
    if (isFull || kept.claims.has(storer)) return;
    kept.claims.set(storer, one);
    this.#objects.set(name, kept);
    this.#count += 1;
  }

  /** Waits for the checks that run. */
  async settled(): Promise<void> {
    await Promise.all(this.#checks);
  }

  #look({ number, setKeys }: SeenRound): void {
    for (const setKey of setKeys) {
      const name = nameOf(objectIdHex(setKey.id), setKey.announced + 1n);
      const kept = this.#objects.get(name);
      if (kept === undefined) continue;
      this.#drop(name, kept);
      const check = this.#check(setKey, [...kept.claims.values()]).catch(() => undefined); // the engine has closed
      this.#checks.add(check);
      void check.finally(() => this.#checks.delete(check));
    }
    for (const [name, kept] of this.#objects)
      if (kept.round + ANNOUNCE_ROUNDS < number) this.#drop(name, kept);
  }

  #drop(name: string, kept: Kept): void {
    this.#objects.delete(name);
    this.#count -= kept.claims.size;
  }

  async #check(setKey: SetKey, kept: readonly ClaimMessage[]): Promise<void> {
    const chosen = setKey.commitments.map(({ claim }) => ({ claim: decodeClaim(claim), message: claim }));
    const keys = new Set(chosen.map(({ claim }) => bytesToHex(claim.storerKey)));
    const others = kept.filter(({ claim }) => !keys.has(bytesToHex(claim.storerKey)));
    if (others.length < LEAST_PASSED_OVER) return;
    const signed = await this.#candidates(setKey, chosen);
    const last = signed.toSorted(compareClaims).at(-1);
    if (last === undefined) return;
    const left = (await this.#candidates(setKey, others)).filter((one) => compareClaims(one, last) < 0);
    const better = await this.#fitting(left, signed, setKey);
    if (better < LEAST_PASSED_OVER) return;
    this.#parts.events.passedOver(setKey.primaryKey, { id: setKey.id, better });
  }

  async #candidates(setKey: SetKey, claims: readonly ClaimMessage[]): Promise<readonly Candidate[]> {
    const round = setKey.announced + 1n;
    const seed = this.#view.round(round)?.seed;
    const tau = this.#parts.genesis.parameters.tauNumerators[setKey.replicas];
    if (seed === undefined || tau === undefined) return [];
    const lottery = { seed, snapshot: await snapshotOf(round, this.#parts) };
    const context = { lottery, tauNumerator: BigInt(tau), vrf: this.#vrf };
    const fitting = claims.filter(
      ({ claim }) => claim.attempt <= setKey.attempt && claim.profile === setKey.profile,
    );
    const checked = await Promise.all(fitting.map((one) => checkClaim(one, context)));
    return checked.filter((one) => typeof one !== 'string');
  }

  /** How many could have had a place beside the better ones of those that got one. */
  async #fitting(
    left: readonly Candidate[],
    signed: readonly Candidate[],
    { announced, replicas }: SetKey,
  ): Promise<number> {
    const { regions } = await snapshotOf(announced + 1n, this.#parts);
    const regionCap = this.#parts.genesis.parameters.regionCap && regions >= 2;
    const caps = new PlacementCaps({ replicas, regionCap });
    const passed = new Set(left);
    return [...left, ...signed]
      .toSorted(compareClaims)
      .filter((one) => caps.take(one) === undefined && passed.has(one)).length;
  }
}

function nameOf(id: string, round: bigint): string {
  return `${id}/${round}`;
}
