import type { Model } from '../model/explore.ts';
import type { ModelState } from '../model/known-states.ts';
import { type Judge, judgeOf } from './claims-judge.ts';
import {
  AT,
  BROKEN,
  chainOf,
  CLAIM_WIDTHS,
  type ClaimScenario,
  firstClaimState,
  get,
  highestOf,
  NONCES,
} from './claims-state.ts';
import { chainSteps, claimSteps, paySteps } from './claims-steps.ts';

/** The ends of the nonces of one channel, in every order. @see payment-channels.md, sections 9, 11 and 17 */
export function claimsModel(scenario: ClaimScenario): Model {
  const judge = judgeOf(scenario.rules);
  return {
    widths: CLAIM_WIDTHS,
    first: firstClaimState(scenario),
    eachStep: (state, emit) => {
      const walk = { state, scenario, judge, emit };
      paySteps(walk);
      claimSteps(walk);
      chainSteps(walk);
    },
    brokenProperty: (state) => brokenProperty(state, judge),
    isSettled,
  };
}

/** Everything that was signed is over on the chain, and nothing is outstanding. */
function isSettled(state: ModelState): boolean {
  return (
    get(state, AT.claimAmount) === 0 &&
    get(state, AT.amount) === 0 &&
    get(state, AT.nonce) === chainOf(state).nonce
  );
}

function brokenProperty(state: ModelState, judge: Judge): string | undefined {
  if (get(state, AT.broken) === BROKEN.paidTwice) return 'I1: an amount was accepted twice';
  if (get(state, AT.broken) === BROKEN.wentBack) return 'I2: a lower amount was accepted after a higher one';
  for (let nonce = 0; nonce < NONCES; nonce++)
    if (held(state, nonce) < highestOf(state, nonce))
      return `I5: the highest signature of nonce ${nonce} is gone`;
  // A call that sees the chain as it is has to find the channel in order.
  return judge(state, chainOf(state)).isUsable || !areOpenNoncesSigned(state)
    ? undefined
    : 'the channel is refused';
}

/** The highest amount whose signature the store has. */
function held(state: ModelState, nonce: number): number {
  const inRecord =
    get(state, AT.hasRecord) === 1 && get(state, AT.nonce) === nonce ? get(state, AT.amount) : 0;
  const inClaim = get(state, AT.claimNonce) === nonce ? get(state, AT.claimAmount) : 0;
  return Math.max(inRecord, inClaim, get(state, AT.ended + nonce));
}

/** Whether something was signed on every nonce from the chain's to the one before the record's. */
function areOpenNoncesSigned(state: ModelState): boolean {
  for (let nonce = chainOf(state).nonce; nonce < get(state, AT.nonce); nonce++)
    if (highestOf(state, nonce) === 0) return false;
  return true;
}
