import type { Model } from '../model/explore.ts';
import { brokenProperty, isSettled } from './properties.ts';
import { readerSteps } from './reader.ts';
import { removerSteps } from './remover.ts';
import type { Scenario } from './rules.ts';
import { ACTOR, AT, DEAD, get, RECORD, SESSIONS, type State } from './state.ts';
import { landLate, type Walk } from './step.ts';
import { sweeperSteps } from './sweeper.ts';
import { WIDTHS } from './widths.ts';
import { firstStep, writerSteps } from './writer.ts';

const NAMES = ['reader', 'writer 0', 'writer 1', 'remover', 'sweeper 0', 'sweeper 1'];

/** All that can happen in a scenario, and what must never be. */
export function radosModel(scenario: Scenario): Model {
  return {
    widths: WIDTHS,
    first: firstState(scenario),
    brokenProperty: (state) => brokenProperty(state, scenario),
    isSettled,
    eachStep: (state, emit) =>
      eachStep(state, scenario, (session, label, next) => emit(NAMES[session + 1] ?? '', label, next)),
  };
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
