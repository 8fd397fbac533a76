import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health, type Readiness } from '../../src/telemetry/health.ts';

/** Waits until readiness turns, at most 10 s. The timer also keeps the process: those of Health do not. */
function turn(health: Health): Promise<Readiness> {
  return new Promise((resolve, reject) => {
    const bound = setTimeout(() => reject(new Error('readiness did not turn')), 10_000);
    const end = health.onChange((readiness) => {
      clearTimeout(bound);
      end();
      resolve(readiness);
    });
  });
}

test('a node is ready after start-up and good answers of all checks, not before', async () => {
  await using health = new Health({ intervalMs: 5 });
  let answer: (() => void) | undefined;
  health.addCheck('store', () => new Promise((resolve) => (answer = resolve)));
  health.setStarted();
  assert.deepEqual(health.readiness(), { ready: false, reasons: ['store: has not answered yet'] });
  const turned = turn(health);
  answer?.();
  assert.deepEqual(await turned, { ready: true, reasons: [] });
});

test('a check that fails turns readiness off with its reason, and on again when it answers', async () => {
  await using health = new Health({ intervalMs: 5 });
  let reason: string | undefined;
  health.addCheck('store', async () => {
    if (reason !== undefined) throw new Error(reason);
  });
  const first = turn(health);
  health.setStarted();
  assert.equal((await first).ready, true);
  const off = turn(health);
  reason = 'read-only: the disk is full';
  assert.deepEqual((await off).reasons, ['store: read-only: the disk is full']);
  const on = turn(health);
  reason = undefined;
  assert.equal((await on).ready, true);
});

test('a check that hangs makes the node unready once its last answer is too old', async () => {
  await using health = new Health({ intervalMs: 5, staleAfterMs: 30 });
  let hangs = false;
  health.addCheck('store', () => (hangs ? new Promise(() => undefined) : Promise.resolve()));
  const first = turn(health);
  health.setStarted();
  assert.equal((await first).ready, true);
  const off = turn(health);
  hangs = true;
  assert.match((await off).reasons.join(), /store: last answered/);
});

test('draining is final', async () => {
  await using health = new Health({ intervalMs: 5 });
  health.setStarted();
  assert.equal(health.readiness().ready, true);
  const off = turn(health);
  health.setDraining();
  assert.deepEqual((await off).reasons, ['the node is shutting down']);
  health.setStarted();
  assert.equal(health.readiness().ready, false);
});
