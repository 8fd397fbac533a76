import { isGone } from './operations.ts';
import type { Scenario } from './rules.ts';
import { ACTOR, AT, BROKEN, DEAD, FENCE, get, hasTag, MARK, RECORD, SESSIONS, type State } from './state.ts';
import { REMOVER, SWEEPER, WRITER } from './steps.ts';

const TAGS = [1, 2] as const;

/** Tells which property of object-layout.md a state breaks. */
export function brokenProperty(state: State, scenario: Scenario): string | undefined {
  const head = get(state, AT.head);
  if (head !== 0 && !hasTag(state, AT.data, head))
    return `P1: the head names tag ${head}, whose data is gone`;
  for (const tag of TAGS)
    if (hasTag(state, AT.published, tag) && head !== tag && !hasTag(state, AT.removed, tag))
      return `P2: tag ${tag} was published and nobody removed it, but its head is gone`;
  for (const writer of [ACTOR.writer0, ACTOR.writer1])
    if (get(state, AT.step + writer) === WRITER.acknowledged && !hasTag(state, AT.published, writer + 1))
      return `P2: writer ${writer} was told that its object stands, but it never did`;
  if (get(state, AT.broken) === BROKEN.corrupt) return 'P3: a reader saw CORRUPT because of a removal';
  if (get(state, AT.broken) === BROKEN.publishedTwice) return 'P5: published twice';
  return isSettled(state) ? leftOver(state, scenario) : undefined;
}

/** Whether everybody has come to an end, and a sweeper that lives finds nothing more to do. */
export function isSettled(state: State): boolean {
  const step = (session: number): number => get(state, AT.step + session);
  const isOver = (session: number, ...ends: readonly number[]): boolean =>
    [DEAD, ...ends].includes(step(session));
  for (const writer of [ACTOR.writer0, ACTOR.writer1]) {
    const isRemoved = hasTag(state, AT.rows, writer + 1);
    if (isRemoved && (step(writer) === WRITER.acknowledged || isGone(state, writer))) return false;
    if (!isOver(writer, WRITER.read, WRITER.acknowledged, WRITER.idle, WRITER.left)) return false;
  }
  if (!isOver(ACTOR.remover, REMOVER.look, REMOVER.done)) return false;
  const sweepers = [ACTOR.sweeper0, ACTOR.sweeper1];
  if (!sweepers.every((sweeper) => isOver(sweeper, SWEEPER.idle))) return false;
  if (!sweepers.some((s) => step(s) === SWEEPER.idle && get(state, AT.fence + s) === FENCE.none))
    return false;
  for (let session = 0; session < SESSIONS; session++) {
    const record = get(state, AT.record + session);
    if (record !== RECORD.open && record !== RECORD.gone) return false;
  }
  return true;
}

function leftOver(state: State, { paid }: Scenario): string | undefined {
  for (const tag of TAGS)
    if (hasTag(state, AT.data, tag) && get(state, AT.head) !== tag && !hasTag(state, AT.late, tag))
      return `P4: data of tag ${tag} is left over`;
  if (get(state, AT.rows) !== 0) return 'P4: a row of a removed object is left over';
  const isServed = hasTag(state, AT.published, 1) || hasTag(state, AT.held, 1);
  if (paid && get(state, AT.mark) === MARK.paid && !isServed)
    return 'P5: a paid upload was neither published nor found to be held';
  return undefined;
}
