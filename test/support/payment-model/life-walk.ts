import type { EmitStep } from '../model/explore.ts';
import type { ModelState } from '../model/known-states.ts';
import type { LifeScenario } from './life-rules.ts';
import { AT, CALLS, DATA, get, isLockOf, isPaid, OUTCOME, PHASE } from './life-state.ts';

/** What the steps of everybody are made with. */
export interface LifeWalk {
  readonly state: ModelState;
  readonly scenario: LifeScenario;
  readonly emit: EmitStep;
}

/** Copies the state, changes the copy, forgets what can matter no more, and emits it. */
export function go(
  { state, scenario, emit }: LifeWalk,
  who: string,
  label: string,
  change: (next: ModelState) => void,
): void {
  const next = state.slice();
  change(next);
  forget(next, scenario);
  emit(who, label, next);
}

/** A call goes on to another phase. */
export function to(next: ModelState, call: number, phase: number): void {
  next[AT.phase + call] = phase;
}

/** A caller is told how its call ended; the first word counts. */
export function tell(next: ModelState, call: number, outcome: number): void {
  if (get(next, AT.outcome + call) === OUTCOME.none) next[AT.outcome + call] = outcome;
}

/** Clears facts that nothing will ask for again, so that states which differ in nothing else are one. */
function forget(state: ModelState, { rules }: LifeScenario): void {
  for (let call = 0; call < CALLS; call++) {
    const phase = get(state, AT.phase + call);
    const isLocked = isLockOf(state, call, get(state, AT.mine + call));
    // A lock that is gone never comes back under its create revision: a commit that names it is refused whenever it arrives.
    if (rules.commitComparesLock && !isLocked && phase !== PHASE.committing)
      state[AT.commitPending + call] = 0;
    if (phase !== PHASE.over) continue;
    state[AT.startSends + call] = 0;
    state[AT.commitSends + call] = 0;
    if (get(state, AT.commitPending + call) !== 0) continue;
    state[AT.mine + call] = 0;
    state[AT.seen + call] = 0;
    if (get(state, AT.data + call) === DATA.dropped && !isPaid(state, call))
      state[AT.data + call] = DATA.none;
  }
}
