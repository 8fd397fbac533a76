import {
  type CloserState,
  judgeRecord,
  judgeRefusal,
  judgeTag,
} from '../../../src/objects/rados/session-rules.ts';
import type { PaymentDecision } from '../../../src/objects/payment-marks.ts';
import { isGone, isHeard } from './operations.ts';
import { catalogOp, dataOp, go, refuse, to, type Walk } from './step.ts';
import { ACTOR, addTag, AT, FENCE, get, hasTag, MARK, OP, RECORD, SESSIONS } from './state.ts';
import { modelTag } from './tags.ts';
import { headTag } from './writer.ts';
import { SWEEPER } from './steps.ts';

/** Emits what sweeper `session` may do next. @see object-layout.md, sections 4 and 6 */
export function sweeperSteps(walk: Walk, session: number): void {
  const { state } = walk;
  const step = get(state, AT.step + session);
  const target = get(state, AT.target + session - ACTOR.sweeper0) - 1;
  if (step === SWEEPER.idle) return choose(walk, session);
  if (step <= SWEEPER.barrier || step >= SWEEPER.blocklistCloser) return fenceSteps(walk, session, target);
  return sweepSteps(walk, session, target);
}

function choose(walk: Walk, session: number): void {
  for (let target = 0; target < SESSIONS; target++) {
    if (target === session || isGone(walk.state, target)) continue;
    for (const closer of closerStates(walk, session, target)) begin(walk, session, target, closer);
  }
  for (const tag of [1, 2])
    if (hasTag(walk.state, AT.rows, tag) && isGone(walk.state, tag - 1))
      go(walk, session, `find a row of a gone session, tag ${tag}`, (next) => {
        next[AT.target + session - ACTOR.sweeper0] = tag;
        to(next, session, SWEEPER.goneData);
      });
}

/** What a sweeper may believe of the closer of `target`; whether it beats is not modelled, so anything. */
function closerStates({ state, scenario }: Walk, session: number, target: number): CloserState[] {
  const closer = get(state, AT.record + target) - 1;
  if (closer < 0 || closer === session) return ['alive'];
  if (isGone(state, closer)) return ['gone'];
  if (!scenario.rules.fenceCloser) return ['fenced'];
  return hasTag(state, AT.fenced + session - ACTOR.sweeper0, closer + 1) ? ['fenced'] : ['dead'];
}

function begin(walk: Walk, session: number, target: number, closerState: CloserState): void {
  const value = get(walk.state, AT.record + target);
  const record = { status: value === RECORD.open ? 'open' : 'closing', closer: value } as const;
  const verdict = judgeRecord(record, session + 1, closerState);
  if (verdict === 'leave') return;
  go(walk, session, `${verdict} session ${target}`, (next) => {
    next[AT.target + session - ACTOR.sweeper0] = target + 1;
    if (verdict === 'fenceCloser') {
      next[AT.closer + session - ACTOR.sweeper0] = value;
      return to(next, session, SWEEPER.blocklistCloser);
    }
    next[AT.record + target] = session + 1;
    to(next, session, afterMark(walk));
  });
}

function afterMark({ scenario }: Walk): number {
  return scenario.rules.fence === 'none' ? SWEEPER.list : SWEEPER.blocklist;
}

function fenceSteps(walk: Walk, session: number, target: number): void {
  const { state, scenario } = walk;
  const closer = get(state, AT.closer + session - ACTOR.sweeper0) - 1;
  switch (get(state, AT.step + session)) {
    case SWEEPER.blocklist: {
      const then = scenario.rules.fence === 'whole' ? SWEEPER.barrier : SWEEPER.list;
      return blocklist(walk, session, target, then);
    }
    case SWEEPER.barrier:
      return barrier(walk, session, target, SWEEPER.list);
    case SWEEPER.blocklistCloser:
      return blocklist(walk, session, closer, SWEEPER.barrierCloser);
    case SWEEPER.barrierCloser:
      return barrier(walk, session, closer, SWEEPER.takeOver);
    case SWEEPER.takeOver:
      return go(walk, session, 'take over', (next) => {
        const isUnchanged = get(state, AT.record + target) === closer + 1;
        if (isUnchanged) next[AT.record + target] = session + 1;
        to(next, session, isUnchanged ? SWEEPER.blocklist : SWEEPER.idle);
      });
    case SWEEPER.goneData:
      return dataOp(walk, session, {
        op: OP.drop + target + 1,
        label: 'delete data of a gone session',
        done: SWEEPER.gonePurge,
      });
    case SWEEPER.gonePurge:
      return catalogOp(walk, session, {
        op: OP.purge + target + 1,
        label: 'remove row of a gone session',
        done: SWEEPER.idle,
      });
    default:
  }
}

function blocklist(walk: Walk, session: number, victim: number, then: number): void {
  go(walk, session, `blocklist session ${victim}`, (next) => {
    if (get(next, AT.fence + victim) === FENCE.none) next[AT.fence + victim] = FENCE.listed;
    to(next, session, then);
  });
}

function barrier(walk: Walk, session: number, victim: number, then: number): void {
  if (!isHeard(walk.state, session)) return refuse(walk, session);
  go(walk, session, `empty write: session ${victim} is refused from now on`, (next) => {
    next[AT.fence + victim] = FENCE.known;
    next[AT.catalogOp + victim] = OP.none;
    addTag(next, AT.fenced + session - ACTOR.sweeper0, victim + 1);
    to(next, session, then);
  });
}

function sweepSteps(walk: Walk, session: number, target: number): void {
  const { state } = walk;
  const tag = target + 1;
  const step = get(state, AT.step + session);
  if (step !== SWEEPER.list && step !== SWEEPER.askPayment && !isHeard(state, session))
    return refuse(walk, session);
  switch (step) {
    case SWEEPER.list:
      return list(walk, session, target);
    case SWEEPER.readCatalog:
      return readCatalog(walk, session, tag);
    case SWEEPER.askPayment:
      return askPayment(walk, session, tag);
    case SWEEPER.fenceData:
      return fenceData(walk, session, tag);
    case SWEEPER.publish:
      return catalogOp(walk, session, {
        op: OP.publish + tag,
        label: 'publish what was paid',
        done: SWEEPER.rows,
        refused: SWEEPER.judge,
      });
    case SWEEPER.judge:
      return judge(walk, session, tag);
    case SWEEPER.drop:
      return dataOp(walk, session, { op: OP.drop + tag, label: 'drop staged data', done: SWEEPER.rows });
    default:
      return lastSteps(walk, session, target);
  }
}

function lastSteps(walk: Walk, session: number, target: number): void {
  const { state } = walk;
  const tag = target + 1;
  switch (get(state, AT.step + session)) {
    case SWEEPER.rows:
      return go(walk, session, 'look for its row', (next) =>
        to(next, session, hasTag(state, AT.rows, tag) ? SWEEPER.rowData : SWEEPER.removeRecord),
      );
    case SWEEPER.rowData:
      return dataOp(walk, session, {
        op: OP.drop + tag,
        label: 'delete removed data',
        done: SWEEPER.rowPurge,
      });
    case SWEEPER.rowPurge:
      return catalogOp(walk, session, {
        op: OP.purge + tag,
        label: 'remove its row',
        done: SWEEPER.removeRecord,
      });
    case SWEEPER.removeRecord:
      return go(walk, session, `remove the record of session ${target}`, (next) => {
        if (get(state, AT.record + target) === session + 1) next[AT.record + target] = RECORD.gone;
        to(next, session, SWEEPER.idle);
      });
    default:
  }
}

/** Only writers stage data. */
function list(walk: Walk, session: number, target: number): void {
  const isWriter = target <= ACTOR.writer1;
  go(walk, session, 'list staged data', (next) => {
    const found = isWriter && hasTag(walk.state, AT.data, target + 1);
    if (!isWriter) return to(next, session, SWEEPER.removeRecord);
    to(next, session, found ? SWEEPER.readCatalog : SWEEPER.rows);
  });
}

function readCatalog(walk: Walk, session: number, tag: number): void {
  const { state, scenario } = walk;
  const verdict = judgeTag({
    tag: modelTag(tag),
    headTag: headTag(state),
    removed: hasTag(state, AT.rows, tag),
    paid: scenario.paid && tag === 1,
    decision: undefined,
  });
  go(walk, session, `read rows: ${verdict}`, (next) => {
    if (verdict === 'keep') return to(next, session, SWEEPER.rows);
    to(next, session, verdict === 'askPayment' ? SWEEPER.askPayment : SWEEPER.drop);
  });
}

function askPayment(walk: Walk, session: number, tag: number): void {
  const { state, scenario } = walk;
  const mark = get(state, AT.mark);
  const decision: PaymentDecision =
    mark === MARK.paid ? { is: 'paid', tag: modelTag(1), head: new Uint8Array(0) } : { is: 'drop' };
  const verdict = judgeTag({
    tag: modelTag(tag),
    headTag: undefined,
    removed: false,
    paid: true,
    decision,
  });
  go(walk, session, `ask for the payment: ${verdict}`, (next) => {
    if (mark === MARK.none && scenario.rules.dropMark) next[AT.mark] = MARK.drop;
    const publish = scenario.rules.fencePaidData ? SWEEPER.fenceData : SWEEPER.publish;
    to(next, session, verdict === 'publish' ? publish : SWEEPER.drop);
  });
}

/** An empty write on each object of the data: who is fenced cannot delete it any more; only whole data is published. */
function fenceData(walk: Walk, session: number, tag: number): void {
  go(walk, session, 'empty write on the data', (next) => {
    for (let other = 0; other < SESSIONS; other++)
      if (get(next, AT.fence + other) !== FENCE.none) next[AT.refused] = get(next, AT.refused) | (1 << other);
    to(next, session, hasTag(next, AT.data, tag) ? SWEEPER.publish : SWEEPER.drop);
  });
}

function judge(walk: Walk, session: number, tag: number): void {
  const verdict = judgeRefusal({
    tag: modelTag(tag),
    headTag: headTag(walk.state),
    removed: hasTag(walk.state, AT.rows, tag),
  });
  go(walk, session, `read rows: ${verdict}`, (next) => {
    if (verdict === 'held') addTag(next, AT.held, tag);
    if (verdict === 'done') return to(next, session, SWEEPER.rows);
    to(next, session, verdict === 'conflict' ? SWEEPER.idle : SWEEPER.drop);
  });
}
