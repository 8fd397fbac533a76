import { brokenProperty, isSettled } from './properties.ts';
import { KnownStates } from './known-states.ts';
import { readerSteps } from './reader.ts';
import { removerSteps } from './remover.ts';
import type { Scenario } from './rules.ts';
import { ACTOR, AT, DEAD, get, RECORD, SESSIONS, type State } from './state.ts';
import { landLate, type Walk } from './step.ts';
import { sweeperSteps } from './sweeper.ts';
import { firstStep, writerSteps } from './writer.ts';

/** What an exploration found. */
export interface Exploration {
  readonly states: number;
  /** Steps taken, also those to known states. */
  readonly steps: number;
  /** States in which everybody had come to an end: there P4 and P5 are looked at. */
  readonly settled: number;
  /** False when the limit of states ended it. */
  readonly isComplete: boolean;
  readonly violation?: { readonly property: string; readonly trace: readonly string[] };
}

const NAMES = ['reader', 'writer 0', 'writer 1', 'remover', 'sweeper 0', 'sweeper 1'];

/** Walks over all states that a scenario can reach, breadth first, and stops at the first one that breaks a property. */
export function explore(scenario: Scenario, maxStates = Number.POSITIVE_INFINITY): Exploration {
  const known = new KnownStates();
  const count = { states: 0, steps: 0, settled: 0 };
  known.add(firstState(scenario), 0);
  for (; count.states < known.size; count.states++) {
    if (count.states >= maxStates) return { ...count, isComplete: false };
    const index = count.states;
    const state = known.at(index);
    if (isSettled(state)) count.settled++;
    const property = brokenProperty(state, scenario);
    if (property !== undefined) {
      const violation = { property, trace: traceTo(known, index, scenario) };
      return { ...count, isComplete: false, violation };
    }
    eachStep(state, scenario, (_session, _label, next) => {
      count.steps++;
      known.add(next, index);
    });
  }
  return { ...count, isComplete: true };
}

function eachStep(state: State, scenario: Scenario, emit: Walk['emit']): void {
  const walk = { state, scenario, emit };
  for (let session = 0; session < SESSIONS; session++) landLate(walk, session);
  for (const writer of [ACTOR.writer0, ACTOR.writer1])
    if (get(state, AT.step + writer) !== DEAD) writerSteps(walk, writer);
  if (get(state, AT.step + ACTOR.remover) !== DEAD) removerSteps(walk);
  for (const sweeper of [ACTOR.sweeper0, ACTOR.sweeper1])
    if (get(state, AT.step + sweeper) !== DEAD) sweeperSteps(walk, sweeper);
  if (scenario.reader) readerSteps(walk);
}

/** Who takes no part is dead from the start and has no record. */
function firstState({ second, remover, sweepers }: Scenario): State {
  const state = new Uint8Array(AT.size);
  const absent = (session: number): void => {
    state[AT.step + session] = DEAD;
    state[AT.record + session] = RECORD.gone;
  };
  state[AT.step + ACTOR.writer0] = firstStep(second, ACTOR.writer0);
  if (second === 'none') absent(ACTOR.writer1);
  else state[AT.step + ACTOR.writer1] = firstStep(second, ACTOR.writer1);
  if (!remover) absent(ACTOR.remover);
  if (sweepers === 1) absent(ACTOR.sweeper1);
  return state;
}

/** The way to a state: each step is found again among those of the state it leads from. */
function traceTo(known: KnownStates, index: number, scenario: Scenario): string[] {
  const trace: string[] = [];
  for (let at = index; at !== 0; at = known.parent(at)) {
    const goal = Buffer.from(known.at(at));
    let step = '';
    eachStep(known.at(known.parent(at)), scenario, (session, label, next) => {
      if (goal.equals(next)) step = `${NAMES[session + 1]}: ${label}`;
    });
    trace.unshift(step);
  }
  return trace;
}
