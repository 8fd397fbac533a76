import { compareBytes } from '../content/object-id.ts';

/** One storer's ticket: what its VRF gave, and what it weighs. */
export interface Ticket {
  /** β, 64 bytes. */
  readonly output: Uint8Array;
  /** w_i of the snapshot, 0 to 2^64 - 1. */
  readonly weight: bigint;
}

/** How many places a lottery has, on average. */
export interface LotteryOdds {
  /** τ = `tauNumerator` / 1000. */
  readonly tauNumerator: bigint;
  /** Each attempt doubles τ; from 0 to 3. */
  readonly attempt: number;
  /** W, the sum of all weights of the snapshot, above 0. */
  readonly totalWeight: bigint;
}

const TAU_DENOMINATOR = 1000n;
/** Bytes of β that a ticket is drawn from. */
const DRAW_SIZE = 32;
const DRAW_BITS = 256n;

/** u = OS2IP(β[0..31]): the number that is drawn, below 2^256. @see storer-selection.md, section 4 */
export function drawOf(output: Uint8Array): bigint {
  return output.subarray(0, DRAW_SIZE).reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

/** Tells whether a ticket wins: u · W · den < num · 2^attempt · w · 2^256, in integers. @see storer-selection.md, section 4 */
export function isSelected({ output, weight }: Ticket, odds: LotteryOdds): boolean {
  const { tauNumerator, attempt, totalWeight } = odds;
  const threshold = (tauNumerator * weight) << (BigInt(attempt) + DRAW_BITS);
  return drawOf(output) * totalWeight * TAU_DENOMINATOR < threshold;
}

/** A claim as it is ranked. */
export interface RankedClaim extends Ticket {
  /** Node key of the storer, 32 bytes. */
  readonly storerKey: Uint8Array;
}

/**
 * Order of claims, for `sort`: x comes before y when u_x · w_y < u_y · w_x, the score u / w without a division; equal ones by their keys.
 * @returns negative when `x` comes first
 * @see storer-selection.md, section 6
 */
export function compareClaims(x: RankedClaim, y: RankedClaim): number {
  const [ofX, ofY] = [drawOf(x.output) * y.weight, drawOf(y.output) * x.weight];
  if (ofX !== ofY) return ofX < ofY ? -1 : 1;
  return compareBytes(x.storerKey, y.storerKey);
}
