import { judge } from './life-judge.ts';
import {
  AT,
  CALLS,
  DATA,
  freeLock,
  get,
  isLockOf,
  isPaid,
  MARK,
  OUTCOME,
  PHASE,
  recordAt,
  REPLICA,
  setPending,
} from './life-state.ts';
import { applyCommit, applyStart, callOf } from './life-store.ts';
import { go, type LifeWalk, tell, to } from './life-walk.ts';
import type { ModelState } from '../model/known-states.ts';

const NAMES = ['call 0', 'call 1', 'call 2'];

/** A call as its steps see it. */
interface Turn {
  readonly walk: LifeWalk;
  readonly call: number;
  readonly step: (label: string, change: (next: ModelState) => void) => void;
}

/** Emits what a call may do next. @see payment-channels.md, section 7 */
export function callSteps(walk: LifeWalk, call: number): void {
  const { replica } = callOf(walk.scenario, call);
  if (get(walk.state, AT.replica + replica) !== REPLICA.up) return;
  const turn: Turn = { walk, call, step: (label, change) => go(walk, NAMES[call] ?? '', label, change) };
  switch (get(walk.state, AT.phase + call)) {
    case PHASE.idle:
      return begin(turn);
    case PHASE.starting:
      return starting(turn);
    case PHASE.startUnclear:
      return startUnclear(turn);
    case PHASE.working:
      cancel(turn);
      return turn.step('stage the data', (next) => {
        next[AT.data + call] = DATA.staged;
        to(next, call, PHASE.ready);
      });
    case PHASE.ready:
      cancel(turn);
      return sendCommit(turn, 1);
    case PHASE.committing:
      return committing(turn);
    case PHASE.judging:
      return judging(turn);
    case PHASE.undecided:
      return turn.step('resolver: delete the lock', (next) => {
        if (isLockOf(next, call, get(next, AT.mine + call))) freeLock(next);
        to(next, call, PHASE.resolving);
      });
    case PHASE.resolving:
      return resolving(turn);
    default:
      return ending(turn);
  }
}

/** One call of a channel at a time on one replica: its own table is asked first. */
function begin({ walk, call, step }: Turn): void {
  const { replica } = callOf(walk.scenario, call);
  if (get(walk.state, AT.leaseGone + replica) !== 0) return;
  const isBusy = walk.scenario.calls.some((other, i) => {
    const phase = get(walk.state, AT.phase + i);
    return i !== call && other.replica === replica && phase !== PHASE.idle && phase !== PHASE.over;
  });
  if (isBusy) step('refused: the replica has a call of this channel', (next) => fail(next, call));
  else step('send the request for the lock', (next) => sendStart(next, call, 1));
}

function sendStart(next: ModelState, call: number, send: number): void {
  next[AT.startSends + call] = send;
  setPending(next, AT.startPending + call, { send, is: true });
  to(next, call, PHASE.starting);
}

function starting(turn: Turn): void {
  const { walk, call, step } = turn;
  const send = get(walk.state, AT.startSends + call);
  step('request for the lock: answered', (next) => {
    if (applyStart(next, call, { send, scenario: walk.scenario })) locked(next, turn, send);
    else if (get(next, AT.lockCall) === call + 1) to(next, call, PHASE.startUnclear);
    else fail(next, call);
  });
  step('request for the lock: no answer', (next) => to(next, call, PHASE.startUnclear));
}

/** The lock and the record come with one answer; a payment that does not fit them ends the call. */
function locked(next: ModelState, { walk, call }: Turn, send: number): void {
  const mod = get(next, AT.mod);
  next[AT.mine + call] = send;
  next[AT.seen + call] = mod;
  const { nonce, amount } = recordAt(next, mod, walk.scenario);
  const payment = callOf(walk.scenario, call);
  const isValid = payment.nonce === nonce && payment.amount === amount + 1;
  to(next, call, isValid ? (payment.upload ? PHASE.working : PHASE.ready) : PHASE.unlocking);
}

function startUnclear(turn: Turn): void {
  const { walk, call, step } = turn;
  if (get(walk.state, AT.lockCall) === call + 1)
    step('ask again: the lock is mine', (next) => locked(next, turn, get(next, AT.lockSend)));
  else if (get(walk.state, AT.startSends + call) < walk.scenario.sends)
    step('ask again: absent, send the request again', (next) => sendStart(next, call, 2));
  // After 5 s, or when it is cancelled: what may still arrive is left to the reaper.
  step('give up', (next) => fail(next, call));
}

/** Error of the handler, cancel or deadline. */
function cancel({ call, step }: Turn): void {
  step('cancelled', (next) => to(next, call, PHASE.unlocking));
}

function sendCommit({ walk, call, step }: Turn, send: number): void {
  const early = !walk.scenario.rules.commitBeforeReply;
  step(send === 1 ? 'send the commit' : 'lock mine, record as seen: send the commit again', (next) => {
    if (early) tell(next, call, OUTCOME.served);
    next[AT.commitSends + call] = send;
    setPending(next, AT.commitPending + call, { send, is: true });
    to(next, call, PHASE.committing);
  });
}

function committing(turn: Turn): void {
  const { walk, call, step } = turn;
  const send = get(walk.state, AT.commitSends + call);
  step('commit: answered', (next) => {
    const isApplied = applyCommit(next, call, { send, scenario: walk.scenario });
    if (isApplied) applied(next, turn);
    else to(next, call, send === 1 ? PHASE.unlocking : PHASE.judging);
  });
  step('commit: no answer', (next) => to(next, call, PHASE.judging));
  if (!walk.scenario.rules.commitIsFinal) cancel(turn);
}

function judging(turn: Turn): void {
  const { walk, call, step } = turn;
  const verdict = judge(walk.state, call, walk.scenario);
  if (verdict === 'applied') step('record: applied', (next) => applied(next, turn));
  else if (verdict === 'not applied') step('record: not applied', (next) => to(next, call, PHASE.unlocking));
  else if (get(walk.state, AT.commitSends + call) < walk.scenario.sends) sendCommit(turn, 2);
  step('still undecided: told so', (next) => {
    tell(next, call, OUTCOME.unknown);
    to(next, call, walk.scenario.rules.resolver ? PHASE.undecided : PHASE.discarding);
  });
}

function resolving(turn: Turn): void {
  const { walk, call, step } = turn;
  if (judge(walk.state, call, walk.scenario) === 'applied')
    step('resolver: applied', (next) => applied(next, turn));
  else step('resolver: not applied', (next) => to(next, call, PHASE.discarding));
}

/** It is known that the call is paid. */
function applied(next: ModelState, { walk, call }: Turn): void {
  if (callOf(walk.scenario, call).upload) to(next, call, PHASE.publishing);
  else answer(next, call, PHASE.over);
}

/** The reply, unless the caller was told that nobody knows. */
function answer(next: ModelState, call: number, phase: number): void {
  to(next, call, get(next, AT.outcome + call) === OUTCOME.none ? PHASE.replying : phase);
}

function ending({ walk, call, step }: Turn): void {
  switch (get(walk.state, AT.phase + call)) {
    case PHASE.publishing:
      return step('publish', (next) => {
        if (get(next, AT.data + call) === DATA.staged) next[AT.data + call] = DATA.published;
        answer(next, call, PHASE.unmarking);
      });
    case PHASE.replying:
      return step('reply', (next) => {
        tell(next, call, OUTCOME.served);
        to(next, call, callOf(walk.scenario, call).upload ? PHASE.unmarking : PHASE.over);
      });
    case PHASE.unmarking:
      return step('remove the mark', (next) => {
        next[AT.mark + call] = MARK.none;
        to(next, call, PHASE.over);
      });
    case PHASE.unlocking:
      return step('delete the lock', (next) => {
        if (isLockOf(next, call, get(next, AT.mine + call))) freeLock(next);
        to(next, call, PHASE.discarding);
      });
    case PHASE.discarding:
      return step('discard what is staged', (next) => {
        if (get(next, AT.data + call) === DATA.staged) next[AT.data + call] = DATA.dropped;
        fail(next, call);
      });
    default:
  }
}

/** The call is out of the table of its replica. */
function fail(next: ModelState, call: number): void {
  tell(next, call, OUTCOME.failed);
  to(next, call, PHASE.over);
}

/** Whether a call stands in the table of its replica. */
export function isInTable(state: ModelState, call: number): boolean {
  const phase = get(state, AT.phase + call);
  return phase !== PHASE.idle && phase !== PHASE.over;
}

/** Names a property that a single call breaks. */
export function brokenCall(state: ModelState, call: number): string | undefined {
  const outcome = get(state, AT.outcome + call);
  const data = get(state, AT.data + call);
  const paid = isPaid(state, call);
  if (outcome === OUTCOME.served && !paid) return `I3: call ${call} was served, but is not paid`;
  if (outcome === OUTCOME.failed && paid) return `call ${call} was reported as failed, but is paid`;
  if (paid && data === DATA.dropped) return `call ${call} is paid, but its data is gone`;
  if (!paid && data === DATA.published) return `call ${call} is published, but not paid`;
  if (outcome === OUTCOME.served && data === DATA.staged)
    return `call ${call} was served before it was published`;
  return undefined;
}

/** Calls of a model, by number. */
export const CALL_NUMBERS = Array.from({ length: CALLS }, (_, i) => i);
