import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../support/model/explore.ts';
import { radosModel } from '../support/rados-model/model.ts';
import { ALL_RULES, type Rules, type Scenario } from '../support/rados-model/rules.ts';

// All interleavings of the protocol of object-layout.md, sections 4 to 6, 8 and 9: operations land late or never within the order of RADOS, any session
// is fenced at any moment, and an actor that pauses or crashes is one that takes no further step. What the actors decide from what they read is
// the code's own src/objects/rados/session-rules.ts.

const BASE: Omit<Scenario, 'name'> = {
  paid: false,
  second: 'none',
  remover: false,
  sweepers: 1,
  reader: true,
  rules: ALL_RULES,
};

/** Scenarios that end within seconds; the larger ones run in the long tests. */
const SHORT: readonly Scenario[] = [
  { ...BASE, name: 'set and set', second: 'set' },
  { ...BASE, name: 'set and remove', remover: true },
  { ...BASE, name: 'replace', second: 'replace' },
  { ...BASE, name: 'paid set and sweep', paid: true },
  { ...BASE, name: 'paid set, set and sweep', paid: true, second: 'set', reader: false },
  { ...BASE, name: 'paid set and two sweeps', paid: true, sweepers: 2 },
  { ...BASE, name: 'set, set and remove', second: 'set', remover: true, reader: false },
  { ...BASE, name: 'replace and remove', second: 'replace', remover: true, reader: false },
];

const LONG: readonly Scenario[] = [
  { ...BASE, name: 'set, set, remove and read', second: 'set', remover: true },
  { ...BASE, name: 'replace, remove and read', second: 'replace', remover: true },
  { ...BASE, name: 'set, set and two sweeps', second: 'set', sweepers: 2 },
  { ...BASE, name: 'set, remove and two sweeps', remover: true, sweepers: 2 },
  { ...BASE, name: 'paid set, remove and two sweeps', paid: true, remover: true, sweepers: 2 },
  { ...BASE, name: 'paid set, set, remove and sweep', paid: true, second: 'set', remover: true },
];

const isLong = process.env['PROVENDER_TEST_LONG'] === '1';

for (const scenario of isLong ? [...SHORT, ...LONG] : SHORT)
  test(`no interleaving of ${scenario.name} breaks a property`, (t) => {
    const { states, steps, settled, isComplete, violation } = explore(radosModel(scenario));
    t.diagnostic(`${states} states, ${steps} steps, ${settled} of the states at rest`);
    assert.deepEqual(violation, undefined);
    assert.ok(isComplete);
    assert.ok(settled > 0, 'what is left over is looked for where everybody has come to rest');
  });

/** Each rule, and the smallest scenario in which its loss shows. */
const TAKEN_OUT: readonly {
  readonly rule: string;
  readonly without: Partial<Rules>;
  readonly scenario: Partial<Scenario>;
  readonly breaks: RegExp;
}[] = [
  { rule: 'the fence', without: { fence: 'none' }, scenario: {}, breaks: /^P1/ },
  { rule: 'the empty writes of the fence', without: { fence: 'noEmptyWrite' }, scenario: {}, breaks: /^P1/ },
  { rule: 'the guard on h', without: { guardOnHead: false }, scenario: { second: 'set' }, breaks: /^P2/ },
  { rule: 'the guard on g', without: { guardOnRow: false }, scenario: { remover: true }, breaks: /^P5/ },
  {
    rule: 'the removal of g rows by the owner only',
    without: { ownerPurges: false },
    scenario: { remover: true },
    breaks: /^P1/,
  },
  {
    rule: 'the guard of remove',
    without: { guardOfRemove: false },
    scenario: { second: 'replace', remover: true },
    breaks: /^P2/,
  },
  {
    rule: 'the fence of a closer before its victim is taken over',
    without: { fenceCloser: false },
    scenario: { paid: true, remover: true, sweepers: 2, reader: false },
    breaks: /^P1/,
  },
  {
    rule: 'the mark "drop" before paid data is deleted',
    without: { dropMark: false },
    scenario: { paid: true },
    breaks: /^P5/,
  },
  {
    rule: 'the empty writes on paid data before it is published for another',
    without: { fencePaidData: false },
    scenario: { paid: true, second: 'set', remover: true, reader: false },
    breaks: /^P1/,
  },
  {
    rule: 'the write that a fenced upload cannot make before its payment',
    without: { checkBeforePayment: false },
    scenario: { paid: true },
    breaks: /^P5/,
  },
];

for (const { rule, without, scenario, breaks } of TAKEN_OUT)
  test(`without ${rule} the model finds a violation`, (t) => {
    const rules = { ...ALL_RULES, ...without };
    const { states, violation } = explore(radosModel({ ...BASE, ...scenario, name: rule, rules }));
    t.diagnostic(`after ${states} states: ${violation?.property}; ${violation?.trace.join(' > ')}`);
    assert.match(violation?.property ?? 'none', breaks);
  });
