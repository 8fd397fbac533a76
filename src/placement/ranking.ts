import { bytesToHex } from '@noble/hashes/utils.js';
import { compareClaims, type RankedClaim } from '../vrf/lottery.ts';

/** A claim with what the caps look at. */
export interface RankedStorer extends RankedClaim {
  /** 32 bytes. */
  readonly operatorId: Uint8Array;
  /** From 0 to 65,535. */
  readonly region: number;
}

/** What a network allows. */
export interface RankRules {
  /** N: a region gets at most half of it, rounded up. */
  readonly replicas: number;
  /** False when the snapshot has fewer than two regions, or the network has switched the cap off. */
  readonly regionCap: boolean;
}

/** A claim in rank order: its place from 0 on, or the cap that skips it. */
export type Ranked<S extends RankedStorer = RankedStorer> =
  | { readonly claim: S; readonly place: number }
  | { readonly claim: S; readonly skipped: 'operator' | 'region' };

/**
 * Ranks claims by their score and walks them: a claim is skipped when its operator has a place already, or its region all that it may have.
 * Places go on without end; the caller takes as many as it assigns, and any choice of them keeps the caps. The order of arrival has no part in it.
 *
 * @returns all claims, best first
 * @see storer-selection.md, section 6
 */
export function rankClaims<S extends RankedStorer>(
  claims: readonly S[],
  rules: RankRules,
): readonly Ranked<S>[] {
  const caps = new PlacementCaps(rules);
  let place = 0;
  return claims.toSorted(compareClaims).map((claim) => {
    const skipped = caps.take(claim);
    return skipped === undefined ? { claim, place: place++ } : { claim, skipped };
  });
}

/** The caps of section 6, storer by storer: one place for an operator, half of N for a region. */
export class PlacementCaps {
  readonly #operators = new Set<string>();
  readonly #regions = new Map<number, number>();
  readonly #mostOfRegion: number;

  constructor({ replicas, regionCap }: RankRules) {
    this.#mostOfRegion = regionCap ? Math.ceil(replicas / 2) : Number.POSITIVE_INFINITY;
  }

  /** Gives a storer a place. @returns the cap that forbids it, and nothing is taken then */
  take({
    operatorId,
    region,
  }: Pick<RankedStorer, 'operatorId' | 'region'>): 'operator' | 'region' | undefined {
    const operator = bytesToHex(operatorId);
    if (this.#operators.has(operator)) return 'operator';
    const ofRegion = this.#regions.get(region) ?? 0;
    if (ofRegion >= this.#mostOfRegion) return 'region';
    this.#operators.add(operator);
    this.#regions.set(region, ofRegion + 1);
    return undefined;
  }
}
