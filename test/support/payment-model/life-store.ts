import type { ModelState } from '../model/known-states.ts';
import type { LifeScenario, ModelCall } from './life-rules.ts';
import {
  AT,
  CALLS,
  freeLock,
  get,
  isLockOf,
  isPending,
  MARK,
  PHASE,
  setPending,
  write,
} from './life-state.ts';

/** A call of a scenario. */
export function callOf({ calls }: LifeScenario, call: number): ModelCall {
  const found = calls[call];
  if (found === undefined) throw new Error(`the model has no call ${call}`);
  return found;
}

/** The store applies a request for the lock. @returns whether it made the lock */
export function applyStart(
  state: ModelState,
  call: number,
  o: { send: number; scenario: LifeScenario },
): boolean {
  setPending(state, AT.startPending + call, { send: o.send, is: false });
  const isLeased = get(state, AT.leaseGone + callOf(o.scenario, call).replica) === 0;
  if (!isLeased || get(state, AT.lockCall) !== 0) return false;
  state[AT.lockCall] = call + 1;
  state[AT.lockSend] = o.send;
  return true;
}

/** The store applies a commit. @returns whether its compares held */
export function applyCommit(
  state: ModelState,
  call: number,
  o: { send: number; scenario: LifeScenario },
): boolean {
  const { rules } = o.scenario;
  const { upload } = callOf(o.scenario, call);
  setPending(state, AT.commitPending + call, { send: o.send, is: false });
  if (rules.commitComparesLock && !isLockOf(state, call, get(state, AT.mine + call))) return false;
  if (get(state, AT.mod) !== get(state, AT.seen + call)) return false;
  if (upload && get(state, AT.mark + call) !== MARK.none) return false;
  if (get(state, AT.mod) === AT.lockCall - AT.version) throw new Error('the record has too many versions');
  write(state, call + 1);
  freeLock(state);
  if (upload) state[AT.mark + call] = MARK.paid;
  return true;
}

/** The lease of a replica ends in the store: its locks go, and requests that were sent under it will be refused. */
export function endLease(state: ModelState, replica: number, scenario: LifeScenario): void {
  scenario.calls.forEach((call, i) => {
    if (call.replica !== replica) return;
    state[AT.startPending + i] = 0;
    if (get(state, AT.lockCall) === i + 1) freeLock(state);
  });
}

/**
 * Requests that were not answered are applied, now or never. One whose answer is still awaited takes no step here: it is applied when it is
 * answered, or later.
 */
export function eachLate(
  state: ModelState,
  emit: (call: number, what: 'start' | 'commit', send: number) => void,
): void {
  for (let call = 0; call < CALLS; call++)
    for (const send of [1, 2]) {
      if (isPending(state, AT.startPending + call, send) && awaited(state, call, PHASE.starting) !== send)
        emit(call, 'start', send);
      if (isPending(state, AT.commitPending + call, send) && awaited(state, call, PHASE.committing) !== send)
        emit(call, 'commit', send);
    }
}

/** The send whose answer a call awaits in a phase; 0: none. */
function awaited(state: ModelState, call: number, phase: number): number {
  if (get(state, AT.phase + call) !== phase) return 0;
  return get(state, (phase === PHASE.starting ? AT.startSends : AT.commitSends) + call);
}
