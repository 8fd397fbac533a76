import type { ModelState } from '../model/known-states.ts';
import type { LifeScenario } from './life-rules.ts';
import { AT, get, isLockOf } from './life-state.ts';

/** What became of a commit. */
export type Verdict = 'applied' | 'not applied' | 'send again';

/** Decides a commit without a clear answer from what the store holds. @see payment-channels.md, section 7, (a) to (d) */
export function judge(state: ModelState, call: number, { rules }: LifeScenario): Verdict {
  const mod = get(state, AT.mod);
  const seen = get(state, AT.seen + call);
  const writerOf = (version: number): number => get(state, AT.version + version - 1);
  if (mod > 0 && writerOf(mod) === call + 1) return 'applied';
  if (mod === seen) return isLockOf(state, call, get(state, AT.mine + call)) ? 'send again' : 'not applied';
  return rules.firstVersionDecides && writerOf(seen + 1) === call + 1 ? 'applied' : 'not applied';
}
