import { isHeard, isHeardByData, landOnCatalog, landOnData } from './operations.ts';
import { forget } from './forget.ts';
import type { Scenario } from './rules.ts';
import { AT, DEAD, FENCE, get, OP, type State } from './state.ts';

/** Takes a successor of the state that is explored, and what leads to it. */
type Emit = (session: number, label: string, next: State) => void;

/** What the steps of one actor are made with. */
export interface Walk {
  readonly state: State;
  readonly scenario: Scenario;
  readonly emit: Emit;
}

/** Copies the state, changes the copy, forgets what can matter no more, and emits it. */
export function go(
  { state, emit }: Walk,
  session: number,
  label: string,
  change: (next: State) => void,
): void {
  const next = state.slice();
  change(next);
  forget(next);
  emit(session, label, next);
}

/** Goes on to another step of the same actor. */
export function to(next: State, session: number, step: number): void {
  next[AT.step + session] = step;
}

/**
 * An operation on the catalog is on its way. It lands and is answered, or times out: then it may land later, in its order, and is sent again. A client
 * that the OSD knows as fenced is refused, and its session is over.
 */
export function catalogOp(
  walk: Walk,
  session: number,
  o: { op: number; label: string; done: number; refused?: number },
): void {
  if (!isHeard(walk.state, session)) return refuse(walk, session);
  go(walk, session, `${o.label}: answered`, (next) => {
    const held = landOnCatalog(next, session, o.op, walk.scenario.rules);
    next[AT.catalogOp + session] = OP.none; // what was sent earlier has landed or never will
    to(next, session, held ? o.done : (o.refused ?? o.done));
  });
  if (get(walk.state, AT.catalogOp + session) !== o.op)
    go(walk, session, `${o.label}: no answer`, (next) => {
      next[AT.catalogOp + session] = o.op;
    });
}

/** The same for an operation on staged data: those OSDs may not have heard of a fence, so it may land though its session is fenced. */
export function dataOp(walk: Walk, session: number, o: { op: number; label: string; done: number }): void {
  if (!isHeardByData(walk.state, session, o.op)) return refuse(walk, session);
  go(walk, session, `${o.label}: answered`, (next) => {
    landOnData(next, session, o.op);
    next[AT.dataOp + session] = OP.none;
    to(next, session, o.done);
  });
  if (get(walk.state, AT.dataOp + session) !== o.op)
    go(walk, session, `${o.label}: no answer`, (next) => {
      next[AT.dataOp + session] = o.op;
    });
  if (get(walk.state, AT.fence + session) === FENCE.known) refuse(walk, session);
}

/** Answer -108. */
export function refuse(walk: Walk, session: number): void {
  go(walk, session, 'refused', (next) => to(next, session, DEAD));
}

/** Unanswered operations land late, as often as they were sent. */
export function landLate(walk: Walk, session: number): void {
  const onCatalog = get(walk.state, AT.catalogOp + session);
  if (onCatalog !== OP.none && isHeard(walk.state, session))
    go(walk, session, 'an unanswered operation on the catalog lands', (next) => {
      landOnCatalog(next, session, onCatalog, walk.scenario.rules);
    });
  const onData = get(walk.state, AT.dataOp + session);
  if (onData !== OP.none && isHeardByData(walk.state, session, onData))
    go(walk, session, 'an unanswered operation on data lands', (next) => landOnData(next, session, onData));
}
