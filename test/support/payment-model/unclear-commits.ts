import { explore } from '../model/explore.ts';
import type { ModelState } from '../model/known-states.ts';
import { judge, type Verdict } from './life-judge.ts';
import { lifeModel } from './life-model.ts';
import type { LifeScenario } from './life-rules.ts';
import { AT, CLAIM, get, isLockOf, MARK, PHASE } from './life-state.ts';
import { callOf } from './life-store.ts';

/** Who wrote a version of the record, or has the lock: the call itself, another one, or StartClaim. */
export type Writer = 'own' | 'other' | 'claim';

/** What a commit without a clear answer finds. */
export interface UnclearCommit {
  readonly upload: boolean;
  /** Versions of the record before the lock was taken. */
  readonly before: number;
  /** Writers of the versions after that. */
  readonly since: readonly Writer[];
  /** `late`: made by another request for the lock of the same call. */
  readonly lock: 'mine' | 'late' | 'other' | 'none';
  readonly mark: 'none' | 'paid' | 'drop';
  /** What the model says. */
  readonly verdict: Verdict;
}

const MARKS = new Map<number, UnclearCommit['mark']>([
  [MARK.paid, 'paid'],
  [MARK.drop, 'drop'],
]);

/** All that commits without a clear answer find in a scenario, each once. */
export function unclearCommits(scenario: LifeScenario): readonly UnclearCommit[] {
  const found = new Map<string, UnclearCommit>();
  const model = lifeModel(scenario);
  const look = (state: ModelState): void => {
    for (let call = 0; call < scenario.calls.length; call++) {
      const phase = get(state, AT.phase + call);
      if (phase !== PHASE.judging && phase !== PHASE.resolving) continue;
      const commit = commitOf(state, call, scenario);
      found.set(JSON.stringify(commit), commit);
    }
  };
  explore({
    ...model,
    brokenProperty: (state) => {
      look(state);
      return model.brokenProperty(state);
    },
  });
  return [...found.values()];
}

function commitOf(state: ModelState, call: number, scenario: LifeScenario): UnclearCommit {
  const before = get(state, AT.seen + call);
  const since = Array.from({ length: get(state, AT.mod) - before }, (_, i): Writer => {
    const writer = get(state, AT.version + before + i);
    return writer === CLAIM ? 'claim' : writer === call + 1 ? 'own' : 'other';
  });
  const mark = MARKS.get(get(state, AT.mark + call)) ?? 'none';
  const verdict = judge(state, call, scenario);
  return { upload: callOf(scenario, call).upload, before, since, lock: lockOf(state, call), mark, verdict };
}

function lockOf(state: ModelState, call: number): UnclearCommit['lock'] {
  if (isLockOf(state, call, get(state, AT.mine + call))) return 'mine';
  const holder = get(state, AT.lockCall);
  return holder === 0 ? 'none' : holder === call + 1 ? 'late' : 'other';
}
