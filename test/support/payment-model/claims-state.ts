import type { ModelState, Width } from '../model/known-states.ts';

// The state of one channel whose nonces end: the chain as a list of events, what the store holds, views of the chain that may be old, and what was ever
// accepted.

/** The rules of claims; a test takes one out. @see payment-channels.md, sections 9 and 11 */
export interface ClaimRules {
  /** Entries under `ended/` that the chain has opened again count in the merge. */
  openEntriesCount: boolean;
  /** Finish puts what it closes under `ended/`. */
  finishKeeps: boolean;
  /** A payment on a later nonce puts an amount that went by under `ended/`. */
  lostAmountsKept: boolean;
  /** A claim starts only when none is outstanding. */
  oneClaim: boolean;
}

export const ALL_CLAIM_RULES: ClaimRules = {
  openEntriesCount: true,
  finishKeeps: true,
  lostAmountsKept: true,
  oneClaim: true,
};

/** What may happen. */
export interface ClaimScenario {
  readonly rules: ClaimRules;
  /** How often the chain takes its last event back. */
  readonly reorganisations: number;
  /** Nonces also end by the sender, and by another owner of the key of the provider. */
  readonly others: boolean;
}

/** Nonces that payments are made on. */
export const NONCES = 3;
/** The highest amount that is paid on each. */
export const HIGHEST: readonly number[] = [2, 1, 1];
/** Value of the channel at first, and what is added to it. */
const FIRST_VALUE = 3;
const ADDED = 2;
/** Most events on the chain: each nonce ends, and funds are added once. */
const EVENTS = NONCES + 1;

/** Where each fact lies. */
export const AT = {
  /** Events on the chain, the oldest first: an EVENT; 0: no more. */
  chain: 0,
  /** The record: whether there is one, its nonce and amount. */
  hasRecord: 4,
  nonce: 5,
  amount: 6,
  /** The claim: its amount, 0 without one, and its nonce. */
  claimAmount: 7,
  claimNonce: 8,
  /** Per nonce: the amount under `ended/`; 0: none. */
  ended: 9,
  /** What the node believes of the chain. */
  viewNonce: 12,
  viewValue: 13,
  /** Ghost, per nonce, bit of amount a: it was accepted. */
  accepted: 14,
  /** Ghost: a property that a step broke, a BROKEN. */
  broken: 17,
  /** Reorganisations that are yet to come. */
  reorganisations: 18,
  size: 19,
} as const;

/** Bits of each fact. */
export const CLAIM_WIDTHS: readonly Width[] = [
  { at: AT.chain, bits: 3, times: EVENTS },
  { at: AT.hasRecord, bits: 1, times: 1 },
  { at: AT.nonce, bits: 2, times: 2 },
  { at: AT.claimAmount, bits: 2, times: 2 },
  { at: AT.ended, bits: 2, times: NONCES },
  { at: AT.viewNonce, bits: 2, times: 1 },
  { at: AT.viewValue, bits: 3, times: 1 },
  { at: AT.accepted, bits: 2, times: NONCES },
  { at: AT.broken, bits: 2, times: 2 },
];

/** What stands on the chain; a claim of amount a is `claim + a`. */
export const EVENT = { none: 0, claim: 1, timeout: 4, funds: 5 } as const;
/** Properties that a step breaks at once. */
export const BROKEN = { none: 0, paidTwice: 1, wentBack: 2 } as const;

/** Reads one fact. */
export function get(state: ModelState, at: number): number {
  return state[at] ?? 0;
}

/** The channel as the contract has it. */
export function chainOf(state: ModelState): { nonce: number; value: number; length: number } {
  let nonce = 0;
  let value = FIRST_VALUE;
  let length = 0;
  for (; length < EVENTS; length++) {
    const event = get(state, AT.chain + length);
    if (event === EVENT.none) break;
    if (event === EVENT.funds) value += ADDED;
    else {
      nonce++;
      value = event === EVENT.timeout ? 0 : value - (event - EVENT.claim);
    }
  }
  return { nonce, value, length };
}

/** The highest amount that was accepted on a nonce. */
export function highestOf(state: ModelState, nonce: number): number {
  const accepted = get(state, AT.accepted + nonce);
  return accepted >= 2 ? 2 : accepted;
}

/** A channel without payments, as it was opened. */
export function firstClaimState({ reorganisations }: ClaimScenario): ModelState {
  const state = new Uint8Array(AT.size);
  state[AT.viewValue] = FIRST_VALUE;
  state[AT.reorganisations] = reorganisations;
  return state;
}
