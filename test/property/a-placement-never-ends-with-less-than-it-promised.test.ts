import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlacementRun } from '../../src/placement/primary/run/placement-run.ts';
import { SPARES, type RunAction, type RunEvent } from '../../src/placement/primary/run/run-events.ts';
import type { Candidate } from '../../src/placement/primary/run/seat.ts';

const CLAIM_MS = 1000;
const SHARE_MS = 2000;

/** What a made-up storer does, and how long each step takes it. `never` is a death before that step. */
interface Script {
  readonly attempt: number;
  readonly weight: number;
  readonly operator: number;
  readonly region: number;
  readonly claimAfter: number;
  readonly steps: readonly { readonly after: number; readonly outcome: 'ok' | 'never' | 'bad' }[];
  readonly repeats: number;
}

const script: fc.Arbitrary<Script> = fc.record({
  attempt: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
  weight: fc.integer({ min: 1, max: 4 }),
  operator: fc.integer({ min: 0, max: 40 }),
  region: fc.integer({ min: 0, max: 2 }),
  claimAfter: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 999 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1000, max: 1500 }) },
  ),
  steps: fc.array(
    fc.record({
      after: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 500 }) },
        { weight: 1, arbitrary: fc.integer({ min: 500, max: 2500 }) },
      ),
      outcome: fc.oneof(
        { weight: 18, arbitrary: fc.constant('ok' as const) },
        { weight: 1, arbitrary: fc.constantFrom('never' as const, 'bad' as const) },
      ),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  repeats: fc.integer({ min: 0, max: 2 }),
});

function candidateOf(storer: Script, index: number, attempt: number): Candidate {
  const hash = (text: string): Buffer => createHash('sha256').update(`${text}/${index}`).digest();
  return {
    hash: hash(`claim/${attempt}`).toString('hex'),
    claim: hash(`bytes/${attempt}`),
    attempt,
    storerKey: hash('key'),
    output: createHash('sha512').update(`${index}/${attempt}`).digest(),
    weight: BigInt(storer.weight),
    operatorId: createHash('sha256').update(`operator/${storer.operator}`).digest(),
    region: storer.region,
  };
}

/** A run with everything it is told and everything it wants, checked after each event by rules that know nothing of how it works. */
class CheckedRun {
  readonly rules: { replicas: number; regionCap: boolean; claimMs: number; shareMs: number };
  readonly run: PlacementRun;
  readonly assigned = new Map<string, Candidate>();
  readonly proven = new Set<string>();
  readonly committed = new Map<string, Uint8Array>();
  readonly attempts: number[] = [];
  end: Extract<RunAction, { act: 'sign' | 'fail' }> | undefined;

  constructor(replicas: number, regionCap: boolean) {
    this.rules = { replicas, regionCap, claimMs: CLAIM_MS, shareMs: SHARE_MS };
    this.run = new PlacementRun(this.rules);
  }

  /** @returns who has just got a place */
  tell(event: RunEvent, nowMs: number): readonly Extract<RunAction, { act: 'assign' }>[] {
    const held = 'hash' in event ? this.assigned.has(event.hash) : false;
    if (held && event.what === 'commit' && 'hash' in event) this.committed.set(event.hash, event.commit);
    if (held && event.what === 'proof' && event.reason === undefined && this.committed.has(event.hash))
      this.proven.add(event.hash);
    const actions = this.run.apply(event, nowMs);
    assert.ok(this.end === undefined || actions.length === 0, 'nothing happens after the end');
    for (const action of actions) this.#check(action);
    this.#checkCaps([...this.assigned.values()]);
    assert.ok(this.assigned.size <= this.rules.replicas + SPARES);
    return actions.filter((action) => action.act === 'assign');
  }

  #check(action: RunAction): void {
    assert.equal(this.end, undefined, 'the end is the last action but for releases');
    if (action.act === 'attempt') {
      assert.equal(action.attempt, this.attempts.length);
      this.attempts.push(action.attempt);
    } else if (action.act === 'assign') {
      assert.ok(!this.assigned.has(action.candidate.hash));
      assert.ok(action.deadlineMs > 0 && action.deadlineMs <= SHARE_MS);
      this.assigned.set(action.candidate.hash, action.candidate);
    } else if (action.act === 'release') {
      assert.ok(this.assigned.delete(action.candidate.hash), 'only who has a place loses it');
    } else {
      this.end = action;
      if (action.act === 'sign') this.#checkSigned(action);
      else this.#checkFailed(action);
    }
  }

  #checkSigned({ signed, attempt }: Extract<RunAction, { act: 'sign' }>): void {
    assert.equal(signed.length, this.rules.replicas);
    assert.equal(new Set(signed.map(({ candidate }) => candidate.storerKey)).size, signed.length);
    for (const { candidate, commit } of signed) {
      assert.ok(this.assigned.has(candidate.hash));
      assert.ok(this.proven.has(candidate.hash), 'its proof was checked');
      assert.deepEqual(commit, this.committed.get(candidate.hash));
      assert.ok(candidate.attempt <= attempt);
    }
    assert.deepEqual(new Set(this.assigned.keys()), new Set(signed.map(({ candidate }) => candidate.hash)));
  }

  #checkFailed({ found }: Extract<RunAction, { act: 'fail' }>): void {
    assert.ok(found < this.rules.replicas);
    assert.equal(this.assigned.size, 0);
  }

  #checkCaps(candidates: readonly Candidate[]): void {
    const operators = candidates.map(({ operatorId }) => Buffer.from(operatorId).toString('hex'));
    assert.equal(new Set(operators).size, operators.length, 'one place for an operator');
    if (!this.rules.regionCap) return;
    const most = Math.ceil(this.rules.replicas / 2);
    for (const region of new Set(candidates.map((one) => one.region)))
      assert.ok(candidates.filter((one) => one.region === region).length <= most);
  }
}

interface Due {
  readonly at: number;
  readonly event: RunEvent;
}

/** Runs the scripts against a checked run, event by event in the order of time. @returns the run and when it ended */
function play(
  storers: readonly Script[],
  settings: { replicas: number; regionCap: boolean; stagedAfter: number; expiresAfter: number },
): { checked: CheckedRun; endMs: number } {
  const checked = new CheckedRun(settings.replicas, settings.regionCap);
  const due: Due[] = [
    { at: 0, event: { what: 'opened' } },
    { at: settings.stagedAfter, event: { what: 'staged' } },
    { at: settings.expiresAfter, event: { what: 'expired' } },
  ];
  const scripts = new Map<string, Script>();
  let told = 0;
  for (let now = 0; ; ) {
    due.sort((x, y) => x.at - y.at);
    const wake = checked.run.wakeAtMs;
    const first = due[0];
    if (first === undefined && wake === undefined) return { checked, endMs: now };
    if (wake !== undefined && (first === undefined || wake <= first.at)) {
      assert.ok(wake >= now || told > 0, 'a wake-up lies ahead');
      now = Math.max(now, wake);
      hear({ what: 'tick' });
    } else if (first !== undefined) {
      due.shift();
      now = Math.max(now, first.at);
      hear(first.event);
    }
    function hear(event: RunEvent): void {
      told += 1;
      assert.ok(told < 5000, 'it ends');
      const before = checked.attempts.length;
      for (const { candidate } of checked.tell(event, now)) schedule(candidate);
      if (checked.attempts.length > before) claims(checked.attempts.length - 1);
    }
    function claims(attempt: number): void {
      for (const [index, storer] of storers.entries()) {
        if (storer.attempt !== attempt) continue;
        const candidate = candidateOf(storer, index, attempt);
        scripts.set(candidate.hash, storer);
        for (let i = 0; i <= storer.repeats; i++)
          due.push({
            at: now + storer.claimAfter + i,
            event: { what: 'claim', candidate, arrivedMs: now + storer.claimAfter + i },
          });
      }
    }
    function schedule(candidate: Candidate): void {
      const storer = scripts.get(candidate.hash);
      assert.ok(storer !== undefined);
      let at = now;
      for (const [number, { after, outcome }] of storer.steps.entries()) {
        if (outcome === 'never') return;
        at += after;
        for (let i = 0; i <= storer.repeats; i++)
          due.push({ at: at + i * 700, event: step(candidate, number, outcome) });
        if (outcome === 'bad') return;
      }
    }
  }
}

function step({ hash }: Candidate, number: number, outcome: 'ok' | 'bad'): RunEvent {
  const reason = outcome === 'bad' ? 'refused' : undefined;
  if (number === 0) return { what: 'answer', hash, ...(reason === undefined ? {} : { reason }) };
  if (number === 1) return reason === undefined ? { what: 'fetch', hash } : { what: 'spoiled', hash, reason };
  if (number === 2) {
    if (reason !== undefined) return { what: 'spoiled', hash, reason: 'contradiction' };
    return { what: 'commit', hash, commit: Buffer.from(`commit of ${hash}`) };
  }
  return { what: 'proof', hash, ...(reason === undefined ? {} : { reason: 'possession' as const }) };
}

const settings = fc.record({
  replicas: fc.integer({ min: 1, max: 8 }),
  regionCap: fc.boolean(),
  stagedAfter: fc.integer({ min: 0, max: 3000 }),
  expiresAfter: fc.integer({ min: 1000, max: 60_000 }),
});

test('whatever is lost, late, doubled or dead, a placement signs N checked commitments or fails', () => {
  const seen = { signed: 0, failed: 0, retried: 0 };
  fc.assert(
    fc.property(fc.array(script, { maxLength: 40, size: 'max' }), settings, (storers, how) => {
      const { checked } = play(storers, how);
      assert.ok(checked.end !== undefined, 'it has ended');
      assert.equal(checked.run.wakeAtMs, undefined, 'and wants nothing more');
      if (checked.end.act === 'sign') seen.signed += 1;
      else seen.failed += 1;
      if (checked.attempts.length > 1) seen.retried += 1;
    }),
    { numRuns: 2000 },
  );
  // Figures without both ends would show nothing.
  assert.ok(seen.signed > 50 && seen.failed > 50 && seen.retried > 50, JSON.stringify(seen));
});

test('the order in which claims arrive within the time for claims changes nothing', () => {
  const prompt = fc.array(
    script.map((one) => ({
      ...one,
      attempt: 0,
      steps: one.steps.map(() => ({ after: 10, outcome: 'ok' as const })),
    })),
    { minLength: 12, maxLength: 40 },
  );
  fc.assert(
    fc.property(
      prompt,
      fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 40, maxLength: 40 }),
      (storers, times) => {
        const how = { replicas: 4, regionCap: true, stagedAfter: 0, expiresAfter: 60_000 };
        const inOrder = storers.map((one) => ({ ...one, claimAfter: 0 }));
        const mixed = storers.map((one, i) => ({ ...one, claimAfter: times[i] ?? 0 }));
        assert.deepEqual(play(mixed, how).checked.end, play(inOrder, how).checked.end);
      },
    ),
    { numRuns: 100 },
  );
});
