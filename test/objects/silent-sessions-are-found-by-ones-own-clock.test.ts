import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionObserver } from '../../src/objects/rados/session-observer.ts';

const TIMES = { beatMs: 5000, deadMs: 30_000 };

function records(...beats: readonly (readonly [number, number])[]): Map<number, Uint8Array> {
  return new Map(beats.map(([session, beat]) => [session, Uint8Array.of(beat)]));
}

test('a record that stands still for the dead time is that of a dead session', () => {
  const observer = new SessionObserver(TIMES);
  for (let i = 0; i < 6; i++) observer.observe(records([1, 0], [2, i]), i * 5000);
  assert.equal(observer.isDead(1), false);
  observer.observe(records([1, 0], [2, 6]), 30_000);
  assert.equal(observer.isDead(1), true);
  assert.equal(observer.isDead(2), false);
});

test('a beat starts the count again, and a record that is gone is forgotten', () => {
  const observer = new SessionObserver(TIMES);
  for (let i = 0; i < 6; i++) observer.observe(records([1, 0]), i * 5000);
  observer.observe(records([1, 1]), 30_000);
  assert.equal(observer.isDead(1), false);
  for (let i = 0; i < 7; i++) observer.observe(records([1, 1]), 35_000 + i * 5000);
  assert.equal(observer.isDead(1), true);
  observer.observe(records(), 70_000);
  assert.equal(observer.isDead(1), false);
});

test('nobody is dead because the observer, or the whole object store, stood still', () => {
  const observer = new SessionObserver(TIMES);
  observer.observe(records([1, 0]), 0);
  observer.observe(records([1, 0]), 5000);
  observer.observe(records([1, 0]), 3_600_000);
  assert.equal(observer.isDead(1), false);
  observer.observe(records([1, 1]), 3_601_000);
  assert.equal(observer.isDead(1), false);
});
