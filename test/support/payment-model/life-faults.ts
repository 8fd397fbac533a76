import type { ModelState } from '../model/known-states.ts';
import { isInTable } from './life-call.ts';
import {
  AT,
  CLAIM,
  CLAIMING,
  DATA,
  freeLock,
  get,
  MARK,
  PHASE,
  recordAt,
  REPLICA,
  write,
} from './life-state.ts';
import { applyCommit, applyStart, callOf, eachLate, endLease } from './life-store.ts';
import { go, type LifeWalk, to } from './life-walk.ts';

const NAMES = ['replica 0', 'replica 1', 'replica 2'];

/** Emits what happens to replicas, and their reapers and restarts. */
export function replicaSteps(walk: LifeWalk, replica: number): void {
  const step = (label: string, change: (next: ModelState) => void): void =>
    go(walk, NAMES[replica] ?? '', label, change);
  const at = get(walk.state, AT.replica + replica);
  if (at !== REPLICA.down && get(walk.state, AT.kills) > 0)
    step('killed', (next) => kill(next, replica, walk));
  if (at === REPLICA.up) {
    if (isReapable(walk, replica)) step('reaper: delete a lock without a call', freeLock);
    leaseOfLiving(walk, replica, step);
    return;
  }
  if (at === REPLICA.down && get(walk.state, AT.leaseGone + replica) === 0)
    step('lease of the dead runs out', (next) => {
      next[AT.leaseGone + replica] = 1;
      endLease(next, replica, walk.scenario);
    });
  restartSteps(walk, replica, step);
}

function kill(next: ModelState, replica: number, { scenario }: LifeWalk): void {
  next[AT.kills] = get(next, AT.kills) - 1;
  next[AT.replica + replica] = REPLICA.down;
  scenario.calls.forEach((call, i) => {
    if (call.replica === replica && isInTable(next, i)) to(next, i, PHASE.over);
  });
}

/** Whether a replica sees a lock that names it and belongs to no call in its table. */
function isReapable({ state, scenario }: LifeWalk, replica: number): boolean {
  const call = get(state, AT.lockCall) - 1;
  if (!scenario.rules.reaper || call < 0) return false;
  return callOf(scenario, call).replica === replica && !isInTable(state, call);
}

type Step = (label: string, change: (next: ModelState) => void) => void;

function leaseOfLiving(walk: LifeWalk, replica: number, step: Step): void {
  if (get(walk.state, AT.leaseGone + replica) !== 0)
    return step('begins a new life', (next) => {
      next[AT.leaseGone + replica] = 0;
    });
  if (get(walk.state, AT.expiries) === 0) return;
  step('lease lost', (next) => {
    next[AT.expiries] = get(next, AT.expiries) - 1;
    next[AT.leaseGone + replica] = 1;
    endLease(next, replica, walk.scenario);
  });
}

function restartSteps(walk: LifeWalk, replica: number, step: Step): void {
  const { locks, leases, data, marks, up, down } = REPLICA;
  const order: readonly number[] = walk.scenario.rules.locksBeforeData
    ? [down, locks, leases, data, marks, up]
    : [down, data, marks, locks, leases, up];
  const at = get(walk.state, AT.replica + replica);
  const following = order[order.indexOf(at) + 1] ?? up;
  const onward = (label: string, change: (next: ModelState) => void): void =>
    step(`restart: ${label}`, (next) => {
      change(next);
      next[AT.replica + replica] = following === up ? up : following;
    });
  if (following === locks) onward('delete own locks', (next) => deleteLocks(next, replica, walk));
  if (following === leases)
    onward('end old leases', (next) => {
      next[AT.leaseGone + replica] = 1;
      endLease(next, replica, walk.scenario);
    });
  if (following === data)
    onward('publish what is marked, drop the rest', (next) => settle(next, replica, walk));
  if (following === marks) onward('remove marks', (next) => removeMarks(next, replica, walk));
  if (following === up)
    onward('take calls under a new lease', (next) => {
      next[AT.leaseGone + replica] = 0;
    });
}

function deleteLocks(next: ModelState, replica: number, { scenario }: LifeWalk): void {
  const call = get(next, AT.lockCall) - 1;
  if (call >= 0 && callOf(scenario, call).replica === replica) freeLock(next);
}

function settle(next: ModelState, replica: number, { scenario }: LifeWalk): void {
  scenario.calls.forEach((call, i) => {
    if (call.replica !== replica || get(next, AT.data + i) !== DATA.staged) return;
    const isMarked = get(next, AT.mark + i) === MARK.paid;
    next[AT.data + i] = isMarked ? DATA.published : DATA.dropped;
    if (!isMarked && scenario.rules.dropMark) next[AT.mark + i] = MARK.drop;
  });
}

function removeMarks(next: ModelState, replica: number, { scenario }: LifeWalk): void {
  scenario.calls.forEach((call, i) => {
    if (call.replica === replica) next[AT.mark + i] = MARK.none;
  });
}

/** Emits what happens beside the replicas: requests that arrive late, the operator, and StartClaim with read and write apart. */
export function otherSteps(walk: LifeWalk): void {
  const { state, scenario } = walk;
  eachLate(state, (call, what, send) => {
    if (what === 'start')
      go(walk, 'store', `applies a late request for the lock of call ${call}`, (next) => {
        applyStart(next, call, { send, scenario });
      });
    else
      go(walk, 'store', `applies a late commit of call ${call}`, (next) => {
        applyCommit(next, call, { send, scenario });
      });
  });
  if (get(state, AT.unlocks) > 0 && get(state, AT.lockCall) !== 0)
    go(walk, 'operator', 'unlocks', (next) => {
      next[AT.unlocks] = get(next, AT.unlocks) - 1;
      freeLock(next);
    });
  claimSteps(walk);
}

function claimSteps(walk: LifeWalk): void {
  const { state, scenario } = walk;
  const mod = get(state, AT.mod);
  const isFree = get(state, AT.lockCall) === 0;
  if (get(state, AT.claiming) === CLAIMING.idle && isFree && mod > 0)
    go(walk, 'claim', 'read', (next) => {
      next[AT.claiming] = CLAIMING.read;
      next[AT.claimSeen] = mod;
    });
  if (get(state, AT.claiming) !== CLAIMING.read) return;
  const isAsSeen = !scenario.rules.claimComparesRecord || get(state, AT.claimSeen) === mod;
  if (!isFree || !isAsSeen)
    return go(walk, 'claim', 'refused', (next) => {
      next[AT.claiming] = CLAIMING.idle;
      next[AT.claimSeen] = 0;
    });
  go(walk, 'claim', 'write', (next) => {
    next[AT.claimed] = recordAt(next, get(next, AT.claimSeen), scenario).amount;
    next[AT.claimSeen] = 0;
    next[AT.claiming] = CLAIMING.done;
    write(next, CLAIM);
  });
}

/** Whether a replica has nothing left to do. */
export function isReplicaAtRest(walk: LifeWalk, replica: number): boolean {
  const isUp = get(walk.state, AT.replica + replica) === REPLICA.up;
  return isUp && get(walk.state, AT.leaseGone + replica) === 0 && !isReapable(walk, replica);
}
