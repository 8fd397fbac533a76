import { judgeRefusal } from '../../../src/objects/rados/session-rules.ts';
import { isGone, isHeard } from './operations.ts';
import { catalogOp, dataOp, go, refuse, to, type Walk } from './step.ts';
import { ACTOR, addTag, AT, get, hasTag, MARK, OP, RECORD, type State } from './state.ts';
import { modelTag } from './tags.ts';
import { WRITER } from './steps.ts';

/** Where a writer begins. */
export function firstStep(second: 'set' | 'replace' | 'none', writer: number): number {
  return writer === ACTOR.writer1 && second === 'replace' ? WRITER.read : WRITER.stage;
}

/** Emits what writer `session` may do next. @see object-layout.md, section 5 */
export function writerSteps(walk: Walk, session: number): void {
  const { state, scenario } = walk;
  const tag = session + 1;
  const paid = scenario.paid && session === ACTOR.writer0;
  switch (get(state, AT.step + session)) {
    case WRITER.read:
      return readHead(walk, session);
    case WRITER.stage:
      return dataOp(walk, session, { op: OP.write, label: 'stage', done: afterStaging(walk, paid) });
    case WRITER.check:
      if (!isHeard(state, session)) return refuse(walk, session);
      return go(walk, session, 'check that the session stands', (next) => to(next, session, WRITER.pay));
    case WRITER.pay:
      return pay(walk, session);
    case WRITER.publish:
      return publish(walk, session, tag);
    case WRITER.judge:
      return judge(walk, session, tag);
    case WRITER.dropOwn:
      return dataOp(walk, session, { op: OP.drop + tag, label: 'drop own data', done: WRITER.idle });
    case WRITER.acknowledged:
      return acknowledged(walk, session, tag);
    case WRITER.clean:
      return dataOp(walk, session, { op: OP.drop + tag, label: 'delete removed data', done: WRITER.purge });
    case WRITER.purge:
      return catalogOp(walk, session, { op: OP.purge + tag, label: 'remove own row', done: WRITER.idle });
    case WRITER.idle:
      return leave(walk, session);
    default:
  }
}

function afterStaging({ scenario }: Walk, paid: boolean): number {
  if (!paid) return WRITER.publish;
  return scenario.rules.checkBeforePayment ? WRITER.check : WRITER.pay;
}

function readHead(walk: Walk, session: number): void {
  const head = get(walk.state, AT.head);
  if (head === 0) return;
  go(walk, session, 'see the head', (next) => {
    next[AT.seenByWriter] = head;
    to(next, session, WRITER.stage);
  });
}

/** The payment is committed unless somebody put "drop" first; its store knows nothing of fences. */
function pay(walk: Walk, session: number): void {
  const isDropped = get(walk.state, AT.mark) === MARK.drop;
  go(walk, session, isDropped ? 'payment refused' : 'payment committed', (next) => {
    if (!isDropped) next[AT.mark] = MARK.paid;
    to(next, session, isDropped ? WRITER.dropOwn : WRITER.publish);
  });
}

function publish(walk: Walk, session: number, tag: number): void {
  const replaces = walk.scenario.second === 'replace' && session === ACTOR.writer1;
  const op = replaces ? OP.replace : OP.publish + tag;
  const label = replaces ? 'replace' : 'publish';
  catalogOp(walk, session, { op, label, done: WRITER.acknowledged, refused: WRITER.judge });
}

function judge(walk: Walk, session: number, tag: number): void {
  if (!isHeard(walk.state, session)) return refuse(walk, session);
  const verdict = judgeRefusal({
    tag: modelTag(tag),
    headTag: headTag(walk.state),
    removed: hasTag(walk.state, AT.rows, tag),
  });
  go(walk, session, `read rows: ${verdict}`, (next) => {
    const isDone = verdict === 'done' || verdict === 'removedSince';
    if (!isDone && walk.scenario.paid && tag === 1) addTag(next, AT.held, tag);
    to(next, session, isDone ? WRITER.acknowledged : WRITER.dropOwn);
  });
}

function acknowledged(walk: Walk, session: number, tag: number): void {
  if (hasTag(walk.state, AT.rows, tag))
    go(walk, session, 'find own row', (next) => to(next, session, WRITER.clean));
  leave(walk, session);
}

/** Nothing staged, nothing unanswered: the record goes. */
function leave(walk: Walk, session: number): void {
  if (get(walk.state, AT.record + session) !== RECORD.open || isGone(walk.state, session)) return;
  go(walk, session, 'leave', (next) => {
    next[AT.record + session] = RECORD.gone;
    to(next, session, WRITER.left);
  });
}

/** Tag of the head, as the code names tags. */
export function headTag(state: State): ReturnType<typeof modelTag> | undefined {
  const tag = get(state, AT.head);
  return tag === 0 ? undefined : modelTag(tag);
}
