import { KnownStates, type ModelState, type Width } from './known-states.ts';

/** Takes a successor of a state: who led there, and by what. */
export type EmitStep = (who: string, label: string, next: ModelState) => void;

/** A protocol as a model: what can happen next, and what must never be. */
export interface Model {
  /** Bits of each fact of a state. */
  readonly widths: readonly Width[];
  readonly first: ModelState;
  /** Emits each successor of a state with who did what; the state itself stays as it is. */
  eachStep(state: ModelState, emit: EmitStep): void;
  /** Names the property that a state breaks. */
  brokenProperty(state: ModelState): string | undefined;
  /** Whether everybody has come to an end: there it is asked what is left over. */
  isSettled(state: ModelState): boolean;
}

/** What an exploration found. */
export interface Exploration {
  readonly states: number;
  /** Steps taken, also those to known states. */
  readonly steps: number;
  /** States in which everybody had come to an end. */
  readonly settled: number;
  /** False when the limit of states or a violation ended it. */
  readonly isComplete: boolean;
  readonly violation?: { readonly property: string; readonly trace: readonly string[] };
}

/** Walks over all states that a model can reach, breadth first, and stops at the first one that breaks a property. */
export function explore(model: Model, maxStates = Number.POSITIVE_INFINITY): Exploration {
  const known = new KnownStates(model.widths);
  const count = { states: 0, steps: 0, settled: 0 };
  known.add(model.first, 0);
  for (; count.states < known.size; count.states++) {
    if (count.states >= maxStates) return { ...count, isComplete: false };
    const index = count.states;
    const state = known.at(index);
    if (model.isSettled(state)) count.settled++;
    const property = model.brokenProperty(state);
    if (property !== undefined)
      return { ...count, isComplete: false, violation: { property, trace: traceTo(known, index, model) } };
    model.eachStep(state, (_who, _label, next) => {
      count.steps++;
      known.add(next, index);
    });
  }
  return { ...count, isComplete: true };
}

/** The way to a state: each step is found again among those of the state it leads from. */
function traceTo(known: KnownStates, index: number, model: Model): string[] {
  const trace: string[] = [];
  for (let at = index; at !== 0; at = known.parent(at)) {
    const goal = Buffer.from(known.at(at));
    let step = '';
    model.eachStep(known.at(known.parent(at)), (who, label, next) => {
      if (goal.equals(next)) step = `${who}: ${label}`;
    });
    trace.unshift(step);
  }
  return trace;
}
