import { REMOVER, SWEEPER } from './steps.ts';
import { ACTOR, AT, DEAD, FENCE, get, OP, RECORD, SESSIONS, type State } from './state.ts';

/** Clears facts that nothing will ask for again, so that states which differ in nothing else are one. */
export function forget(state: State): void {
  for (const sweeper of [ACTOR.sweeper0, ACTOR.sweeper1]) {
    const step = get(state, AT.step + sweeper);
    const i = sweeper - ACTOR.sweeper0;
    if (step !== SWEEPER.idle && step !== DEAD) continue;
    state[AT.target + i] = 0;
    state[AT.closer + i] = 0;
    if (step === DEAD) state[AT.fenced + i] = 0;
  }
  const remover = get(state, AT.step + ACTOR.remover);
  const isOver = remover === REMOVER.done || remover === DEAD;
  if (isOver && get(state, AT.catalogOp + ACTOR.remover) === OP.none) state[AT.seenByRemover] = 0;
  for (let session = 0; session < SESSIONS; session++) forgetSession(state, session);
}

/** A session that has ended and has nothing on its way. */
function forgetSession(state: State, session: number): void {
  const isDead = get(state, AT.step + session) === DEAD;
  if (isDead && get(state, AT.fence + session) === FENCE.known) state[AT.catalogOp + session] = OP.none;
  if (get(state, AT.record + session) !== RECORD.gone) return;
  const rest = ~(1 << session);
  state[AT.fenced] = get(state, AT.fenced) & rest;
  state[AT.fenced + 1] = get(state, AT.fenced + 1) & rest;
  if (!isDead || get(state, AT.dataOp + session) !== OP.none) return;
  state[AT.refused] = get(state, AT.refused) & rest;
  if (get(state, AT.catalogOp + session) === OP.none) state[AT.fence + session] = FENCE.none;
}
