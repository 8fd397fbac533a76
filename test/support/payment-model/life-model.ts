import type { Model } from '../model/explore.ts';
import type { ModelState } from '../model/known-states.ts';
import { brokenCall, CALL_NUMBERS, callSteps } from './life-call.ts';
import { isReplicaAtRest, otherSteps, replicaSteps } from './life-faults.ts';
import type { LifeScenario } from './life-rules.ts';
import { AT, CLAIM, DATA, firstLife, get, LIFE_WIDTHS, MARK, PHASE } from './life-state.ts';
import { callOf } from './life-store.ts';

/** The life of paid calls of one channel: all that can happen, and what must never be. @see payment-channels.md, sections 7 and 17 */
export function lifeModel(scenario: LifeScenario): Model {
  const replicas = Array.from({ length: scenario.replicas }, (_, i) => i);
  const calls = scenario.calls.map((_, i) => i);
  return {
    widths: LIFE_WIDTHS,
    first: firstLife(scenario),
    eachStep: (state, emit) => {
      const walk = { state, scenario, emit };
      for (const call of calls) callSteps(walk, call);
      for (const replica of replicas) replicaSteps(walk, replica);
      otherSteps(walk);
    },
    brokenProperty: (state) => brokenProperty(state, scenario),
    isSettled: (state) => isSettled(state, scenario),
  };
}

/** All calls are over, and no replica has anything left to do. */
function isSettled(state: ModelState, scenario: LifeScenario): boolean {
  for (const call of CALL_NUMBERS) if (get(state, AT.phase + call) !== PHASE.over) return false;
  const walk = { state, scenario, emit: () => undefined };
  for (let replica = 0; replica < scenario.replicas; replica++)
    if (!isReplicaAtRest(walk, replica)) return false;
  return true;
}

function brokenProperty(state: ModelState, scenario: LifeScenario): string | undefined {
  for (let call = 0; call < scenario.calls.length; call++) {
    const broken = brokenCall(state, call);
    if (broken !== undefined) return broken;
  }
  return brokenHistory(state, scenario) ?? (isSettled(state, scenario) ? leftOver(state) : undefined);
}

/** Each version pays one more than the one before, on the same nonce; StartClaim takes the highest amount and begins the next nonce. */
function brokenHistory(state: ModelState, scenario: LifeScenario): string | undefined {
  let nonce = 0;
  let amount = 0;
  for (let i = 0; i < get(state, AT.mod); i++) {
    const writer = get(state, AT.version + i);
    if (writer === CLAIM) {
      if (get(state, AT.claimed) !== amount)
        return `I5: ${amount} was signed, ${get(state, AT.claimed)} is claimed`;
      nonce++;
      amount = 0;
      continue;
    }
    const paid = callOf(scenario, writer - 1);
    if (paid.nonce === nonce && paid.amount < amount)
      return `I2: ${amount} was authorized, then ${paid.amount}`;
    if (paid.nonce !== nonce || paid.amount !== amount + 1)
      return `I1: ${paid.amount} on nonce ${paid.nonce} was paid when ${amount} on nonce ${nonce} was authorized`;
    amount = paid.amount;
  }
  return undefined;
}

function leftOver(state: ModelState): string | undefined {
  if (get(state, AT.lockCall) !== 0) return 'I4: a lock is left';
  for (const call of CALL_NUMBERS) {
    if (get(state, AT.mark + call) !== MARK.none) return `the mark of call ${call} is left`;
    if (get(state, AT.data + call) === DATA.staged) return `staged data of call ${call} is left`;
  }
  return undefined;
}
