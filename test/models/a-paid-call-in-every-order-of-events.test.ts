import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../support/model/explore.ts';
import { lifeModel } from '../support/payment-model/life-model.ts';
import {
  ALL_LIFE_RULES,
  type LifeRules,
  type LifeScenario,
  type ModelCall,
} from '../support/payment-model/life-rules.ts';

// The life cycle of payment-channels.md, section 17: one channel, its state store, and replicas with calls. Any request is applied when it is
// answered, later, or never; replicas are killed between any two steps, also within a restart; leases end; an operator unlocks; StartClaim reads and
// writes apart. There is no time: whatever may happen after a while may happen at once.

/** A call that costs 1. */
function call(replica: number, amount: number, kind: 'upload' | 'read' = 'upload'): ModelCall {
  return { replica, nonce: 0, amount, upload: kind === 'upload' };
}

const CALM: Omit<LifeScenario, 'name' | 'calls'> = {
  replicas: 2,
  kills: 0,
  expiries: 0,
  unlocks: 0,
  sends: 2,
  claim: false,
  rules: ALL_LIFE_RULES,
};
const TWICE = [call(0, 1), call(1, 1)];
const TWICE_AND_NEXT = [call(0, 1), call(1, 1, 'read'), call(1, 2, 'read')];
const ON_THREE = [call(0, 1), call(1, 1, 'read'), call(2, 2, 'read')];
const ALL_FAULTS = { kills: 1, expiries: 1, unlocks: 1, claim: true };

/** Scenarios that end within seconds; the larger ones run in the long tests. */
const SHORT: readonly LifeScenario[] = [
  { ...CALM, name: 'one payment on two replicas, killed', calls: TWICE, kills: 1, claim: true },
  { ...CALM, name: 'one payment on two replicas, unlocked', calls: TWICE, unlocks: 1, expiries: 1 },
  {
    ...CALM,
    name: 'one payment twice on one replica',
    calls: [call(0, 1), call(0, 1)],
    kills: 2,
    claim: true,
  },
  { ...CALM, name: 'two payments and a claim', calls: [call(0, 1), call(1, 2)], claim: true },
  { ...CALM, name: 'one payment on two replicas, every fault', calls: TWICE, ...ALL_FAULTS, sends: 1 },
  { ...CALM, name: 'three calls, every fault', calls: TWICE_AND_NEXT, ...ALL_FAULTS, sends: 1 },
  { ...CALM, name: 'three replicas', calls: ON_THREE, replicas: 3, unlocks: 1, sends: 1 },
];

const LONG: readonly LifeScenario[] = [
  { ...CALM, name: 'one payment on two replicas, every fault, sent again', calls: TWICE, ...ALL_FAULTS },
  { ...CALM, name: 'three calls and a claim, sent again', calls: TWICE_AND_NEXT, claim: true },
  { ...CALM, name: 'three replicas, every fault', calls: ON_THREE, replicas: 3, ...ALL_FAULTS, sends: 1 },
  {
    ...CALM,
    name: 'one replica, killed twice, every fault',
    calls: [call(0, 1), call(0, 1)],
    ...ALL_FAULTS,
    kills: 2,
  },
];

const isLong = process.env['PROVENDER_TEST_LONG'] === '1';

for (const scenario of isLong ? [...SHORT, ...LONG] : SHORT)
  test(`no order of events breaks a property: ${scenario.name}`, (t) => {
    const { states, steps, settled, isComplete, violation } = explore(lifeModel(scenario));
    t.diagnostic(`${states} states, ${steps} steps, ${settled} of the states at rest`);
    assert.deepEqual(violation, undefined);
    assert.ok(isComplete);
    assert.ok(settled > 0, 'what is left over is looked for where everybody has come to rest');
  });

/** Each rule, what breaks without it, and steps of the trace in their order. */
const TAKEN_OUT: readonly {
  readonly without: readonly (keyof LifeRules)[];
  readonly scenario?: Partial<LifeScenario>;
  readonly breaks: string;
  readonly trace: readonly string[];
}[] = [
  {
    without: ['commitIsFinal'],
    breaks: 'call 0 was reported as failed, but is paid',
    trace: ['call 0: send the commit', 'call 0: cancelled', 'store: applies a late commit of call 0'],
  },
  {
    without: ['resolver'],
    breaks: 'call 0 is paid, but its data is gone',
    trace: [
      'call 0: still undecided: told so',
      'call 0: discard what is staged',
      'store: applies a late commit of call 0',
    ],
  },
  {
    without: ['locksBeforeData', 'dropMark'],
    scenario: { kills: 1 },
    breaks: 'call 0 is paid, but its data is gone',
    trace: [
      'call 0: send the commit',
      'replica 0: killed',
      'replica 0: restart: publish what is marked, drop the rest',
      'store: applies a late commit of call 0',
    ],
  },
  {
    without: ['locksBeforeData'],
    scenario: { kills: 1 },
    breaks: 'call 0 is paid, but its data is gone',
    trace: ['replica 0: restart: remove marks', 'store: applies a late commit of call 0'],
  },
  {
    without: ['firstVersionDecides'],
    scenario: { claim: true },
    breaks: 'call 0 was reported as failed, but is paid',
    trace: [
      'call 0: commit: no answer',
      'store: applies a late commit of call 0',
      'claim: write',
      'call 0: record: not applied',
    ],
  },
  {
    without: ['reaper'],
    breaks: 'I4: a lock is left',
    trace: ['call 0: give up', 'store: applies a late request for the lock of call 0'],
  },
  {
    without: ['commitComparesLock'],
    breaks: 'call 0 is paid, but its data is gone',
    trace: [
      'call 0: resolver: delete the lock',
      'call 0: resolver: not applied',
      'store: applies a late commit of call 0',
    ],
  },
  {
    without: ['claimComparesRecord'],
    scenario: { calls: [call(0, 1), call(1, 2)], claim: true },
    breaks: 'I5: 2 was signed, 1 is claimed',
    trace: ['claim: read', 'call 1: commit: answered', 'claim: write'],
  },
  {
    without: ['commitBeforeReply'],
    breaks: 'I3: call 0 was served, but is not paid',
    trace: ['call 0: send the commit'],
  },
];

for (const { without, scenario, breaks, trace } of TAKEN_OUT)
  test(`without ${without.join(' and ')} the model finds a violation`, (t) => {
    const rules = { ...ALL_LIFE_RULES };
    for (const rule of without) rules[rule] = false;
    const found = explore(lifeModel({ ...CALM, name: breaks, calls: TWICE, ...scenario, rules }));
    t.diagnostic(`after ${found.states} states: ${found.violation?.trace.join(' > ')}`);
    assert.equal(found.violation?.property, breaks);
    assert.deepEqual(inOrder(found.violation?.trace ?? [], trace), trace);
  });

/** Those of `expected` that come one after the other in a trace. */
function inOrder(trace: readonly string[], expected: readonly string[]): string[] {
  let at = 0;
  for (const step of trace) if (step === expected[at]) at++;
  return expected.slice(0, at);
}

test('the mark "drop" is a second guard: the deleted lock alone keeps paid data', () => {
  const rules = { ...ALL_LIFE_RULES, dropMark: false };
  const { violation } = explore(
    lifeModel({ ...CALM, name: 'no mark', calls: TWICE, ...ALL_FAULTS, sends: 1, rules }),
  );
  assert.equal(violation, undefined);
});
