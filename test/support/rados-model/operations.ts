import type { Rules } from './rules.ts';
import { addTag, AT, BROKEN, dropTag, FENCE, get, hasTag, OP, RECORD, type State } from './state.ts';

/** What the object store makes of an operation of session `session` on the catalog. @returns whether its guards held */
export function landOnCatalog(state: State, session: number, op: number, rules: Rules): boolean {
  if (op === OP.remove) return landRemoval(state, get(state, AT.seenByRemover), 0, rules.guardOfRemove);
  if (op === OP.replace) return landRemoval(state, get(state, AT.seenByWriter), session + 1, true);
  if (op > OP.purge) dropTag(state, AT.rows, op - OP.purge);
  else return landPublish(state, op - OP.publish, rules);
  return true;
}

function landPublish(state: State, tag: number, rules: Rules): boolean {
  if (rules.guardOnHead && get(state, AT.head) !== 0) return false;
  if (rules.guardOnRow && hasTag(state, AT.rows, tag)) return false;
  notePublished(state, tag);
  return true;
}

/** Remove and replace: the head goes, the row `g.<tag seen>` comes, and with a replace the new head. */
function landRemoval(state: State, seen: number, next: number, guarded: boolean): boolean {
  if (guarded && get(state, AT.head) !== seen) return false;
  addTag(state, AT.rows, seen);
  addTag(state, AT.removed, seen);
  if (next !== 0) notePublished(state, next);
  state[AT.head] = next;
  return true;
}

function notePublished(state: State, tag: number): void {
  if (hasTag(state, AT.published, tag)) state[AT.broken] = BROKEN.publishedTwice;
  state[AT.head] = tag;
  addTag(state, AT.published, tag);
}

/** What the object store makes of an operation of `session` on staged data. */
export function landOnData(state: State, session: number, op: number): void {
  if (op !== OP.write) return dropTag(state, AT.data, op - OP.drop);
  const tag = session + 1;
  if (get(state, AT.fence + session) !== FENCE.none) addTag(state, AT.late, tag);
  addTag(state, AT.data, tag);
}

/** Whether the OSDs of the data that an operation names take it; most are never told of a fence. */
export function isHeardByData(state: State, session: number, op: number): boolean {
  const tag = op === OP.write ? session + 1 : op - OP.drop;
  return tag !== 1 || (get(state, AT.refused) & (1 << session)) === 0;
}

/** Whether the catalog takes operations of a session. */
export function isHeard(state: State, session: number): boolean {
  return get(state, AT.fence + session) !== FENCE.known;
}

/** Whether a session has no record any more. */
export function isGone(state: State, session: number): boolean {
  return get(state, AT.record + session) === RECORD.gone;
}
