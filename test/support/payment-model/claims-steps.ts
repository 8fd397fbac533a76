import type { EmitStep } from '../model/explore.ts';
import type { ModelState } from '../model/known-states.ts';
import type { AcceptedPayment, Judge } from './claims-judge.ts';
import { AT, BROKEN, chainOf, type ClaimScenario, EVENT, get, highestOf, NONCES } from './claims-state.ts';

/** What the steps are made with. */
export interface ClaimWalk {
  readonly state: ModelState;
  readonly scenario: ClaimScenario;
  readonly judge: Judge;
  readonly emit: EmitStep;
}

function go(
  { state, emit }: ClaimWalk,
  who: string,
  label: string,
  change: (next: ModelState) => void,
): void {
  const next = state.slice();
  change(next);
  emit(who, label, next);
}

/** Every payment that a client could send, to a node whose view of the chain may be old. */
export function paySteps(walk: ClaimWalk): void {
  const { state, judge } = walk;
  const view = { nonce: get(state, AT.viewNonce), value: get(state, AT.viewValue) };
  for (const payment of judge(state, view).accepted) pay(walk, payment);
}

/** The commit: it puts an amount that is pushed out under `ended/`, where nothing may be yet. */
function pay(walk: ClaimWalk, paid: AcceptedPayment): void {
  const { nonce, amount, lost } = paid;
  const lostAt = AT.ended + get(walk.state, AT.nonce);
  if (lost && get(walk.state, lostAt) !== 0) return;
  go(walk, 'client', `pays ${amount} on nonce ${nonce}`, (next) => {
    if (lost && walk.scenario.rules.lostAmountsKept) next[lostAt] = get(next, AT.amount);
    const accepted = get(next, AT.accepted + nonce);
    if ((accepted & (1 << (amount - 1))) !== 0) next[AT.broken] = BROKEN.paidTwice;
    else if (highestOf(next, nonce) > amount) next[AT.broken] = BROKEN.wentBack;
    next[AT.accepted + nonce] = accepted | (1 << (amount - 1));
    next[AT.hasRecord] = 1;
    next[AT.nonce] = nonce;
    next[AT.amount] = amount;
  });
}

/** StartClaim, and Finish for a claim and for an amount that went by without one. Each believes what it read of the chain some time ago. */
export function claimSteps(walk: ClaimWalk): void {
  const { state, scenario } = walk;
  const view = get(state, AT.viewNonce);
  const nonce = get(state, AT.nonce);
  const amount = get(state, AT.amount);
  const isOutstanding = get(state, AT.claimAmount) !== 0;
  if (amount !== 0 && nonce === view && !(isOutstanding && scenario.rules.oneClaim))
    go(walk, 'provider', 'StartClaim', (next) => {
      next[AT.claimNonce] = nonce;
      next[AT.claimAmount] = amount;
      next[AT.nonce] = nonce + 1;
      next[AT.amount] = 0;
    });
  const closes = get(state, AT.claimNonce);
  if (isOutstanding && view > closes && get(state, AT.ended + closes) === 0)
    go(walk, 'provider', 'Finish: the claim', (next) => {
      if (scenario.rules.finishKeeps) next[AT.ended + closes] = get(next, AT.claimAmount);
      next[AT.claimAmount] = 0;
      next[AT.claimNonce] = 0;
    });
  if (amount !== 0 && nonce < view && get(state, AT.ended + nonce) === 0)
    go(walk, 'provider', 'Finish: an amount that went by', (next) => {
      next[AT.ended + nonce] = amount;
      next[AT.nonce] = view;
      next[AT.amount] = 0;
    });
}

/** What happens on the chain, and who looks at it. */
export function chainSteps(walk: ClaimWalk): void {
  const { state } = walk;
  const { nonce, value, length } = chainOf(state);
  const event = (who: string, label: string, kind: number): void =>
    go(walk, who, label, (next) => {
      next[AT.chain + length] = kind;
    });
  if (nonce < NONCES) {
    const open = openAmount(state, nonce);
    if (open > 0) event('settle', 'sends the claim', EVENT.claim + Math.min(open, value));
    const highest = walk.scenario.others ? highestOf(state, nonce) : 0;
    for (let amount = 0; highest > 0 && amount <= Math.min(highest, value); amount++)
      event('another owner of the key', `claims ${amount}`, EVENT.claim + amount);
    if (walk.scenario.others) event('sender', 'takes the channel back', EVENT.timeout);
  }
  if (!hasFunds(state, length)) event('sender', 'adds funds', EVENT.funds);
  if (length > 0 && get(state, AT.reorganisations) > 0)
    go(walk, 'chain', 'reorganisation', (next) => {
      next[AT.chain + length - 1] = EVENT.none;
      next[AT.reorganisations] = get(next, AT.reorganisations) - 1;
    });
  go(walk, 'node', 'looks at the chain', (next) => {
    next[AT.viewNonce] = nonce;
    next[AT.viewValue] = value;
  });
}

/** What is held for a nonce as claimable: outstanding, or open again. */
function openAmount(state: ModelState, nonce: number): number {
  const isClaimed = get(state, AT.claimAmount) !== 0 && get(state, AT.claimNonce) === nonce;
  return isClaimed ? get(state, AT.claimAmount) : get(state, AT.ended + nonce);
}

function hasFunds(state: ModelState, length: number): boolean {
  for (let at = 0; at < length; at++) if (get(state, AT.chain + at) === EVENT.funds) return true;
  return false;
}
