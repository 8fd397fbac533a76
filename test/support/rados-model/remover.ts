import { mayPurgeRow } from '../../../src/objects/rados/session-rules.ts';
import { isGone, isHeard } from './operations.ts';
import { catalogOp, dataOp, go, refuse, to, type Walk } from './step.ts';
import { ACTOR, AT, get, hasTag, OP } from './state.ts';
import { REMOVER } from './steps.ts';

/** Emits what the remover may do next. @see object-layout.md, section 5, "Remove" */
export function removerSteps(walk: Walk): void {
  const { state, scenario } = walk;
  const session = ACTOR.remover;
  const seen = get(state, AT.seenByRemover);
  switch (get(state, AT.step + session)) {
    case REMOVER.look:
      return look(walk);
    case REMOVER.remove:
      return catalogOp(walk, session, {
        op: OP.remove,
        label: 'remove',
        done: REMOVER.deleteData,
        refused: REMOVER.judge,
      });
    case REMOVER.judge:
      if (!isHeard(state, session)) return refuse(walk, session);
      return go(walk, session, 'read rows', (next) =>
        to(next, session, hasTag(state, AT.rows, seen) ? REMOVER.deleteData : REMOVER.done),
      );
    case REMOVER.deleteData:
      return dataOp(walk, session, {
        op: OP.drop + seen,
        label: 'delete removed data',
        done: !scenario.rules.ownerPurges || mayPurge(walk, seen) ? REMOVER.purge : REMOVER.done,
      });
    case REMOVER.purge:
      return catalogOp(walk, session, { op: OP.purge + seen, label: 'remove row', done: REMOVER.done });
    default:
  }
}

function look(walk: Walk): void {
  const head = get(walk.state, AT.head);
  if (head === 0) return;
  go(walk, ACTOR.remover, 'see the head', (next) => {
    next[AT.seenByRemover] = head;
    to(next, ACTOR.remover, REMOVER.remove);
  });
}

function mayPurge({ state }: Walk, tag: number): boolean {
  const owner = tag - 1;
  return mayPurgeRow({
    owner,
    me: ACTOR.remover,
    ownerHasRecord: !isGone(state, owner),
    publishUnanswered: false,
  });
}
