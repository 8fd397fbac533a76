import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { objectId } from '../../../src/content/object-id.ts';
import { ProvenderError } from '../../../src/content/provender-error.ts';
import { StorerExplanations } from '../../../src/placement/storer/explanation.ts';
import { Lanes } from '../../../src/placement/storer/lanes.ts';
import { reservationMs } from '../../../src/placement/storer/reservation-time.ts';
import { Reservations } from '../../../src/placement/storer/reservations.ts';
import { deferred } from '../../support/deferred.ts';
import { factsOf } from '../../support/test-network.ts';

const never = new AbortController().signal;

test('explanations of the last 1,000 objects that changed are remembered', () => {
  const book = new StorerExplanations();
  const ids = Array.from({ length: 1001 }, (_, i) => objectId(factsOf(`file ${i}`)));
  const at = { round: 2n, attempt: 0, weight: 1n, totalWeight: 2n, changedUnixMs: 5 };
  for (const id of ids.slice(0, 1000)) book.set({ id, stage: 'claimed', ...at });
  const [first, second, last] = [ids[0], ids[1], ids[1000]];
  assert.ok(first && second && last);
  book.advance({ id: first, round: 2n }, { stage: 'assigned', changedUnixMs: 6 });
  book.set({ id: last, stage: 'drawn', ...at });
  assert.equal(book.get(first)?.stage, 'assigned');
  assert.equal(book.get(second), undefined);
  assert.equal(book.get(last)?.stage, 'drawn');
  book.advance({ id: first, round: 3n }, { stage: 'placed', changedUnixMs: 7 });
  assert.equal(book.get(first)?.stage, 'assigned', 'what another round says is not about it');
});

test('a reason does not outlive the stage that it belongs to', () => {
  const book = new StorerExplanations();
  const id = objectId(factsOf('a file'));
  const at = { id, round: 2n, attempt: 0, weight: 1n, totalWeight: 2n, changedUnixMs: 5 };
  book.set({ ...at, stage: 'claimed', reason: 'unreachable' });
  book.advance({ id, round: 2n }, { stage: 'assigned', changedUnixMs: 6 });
  assert.equal(book.get(id)?.reason, undefined);
});

test('works run a few at a time, in order, and one that gives up leaves its place to the next', async () => {
  const lanes = new Lanes(2);
  const gates = [deferred(), deferred()];
  const begun: string[] = [];
  const stop = new AbortController();
  const run = (name: string, wait?: Promise<void>, signal = never): Promise<void> =>
    lanes.run(async () => {
      begun.push(name);
      await wait;
    }, signal);
  const [a, b] = [run('a', gates[0]?.promise), run('b', gates[1]?.promise)];
  const gone = assert.rejects(run('gone', undefined, stop.signal), { code: 'PROVENDER_TIMEOUT' });
  const failed = assert.rejects(
    lanes.run(() => {
      begun.push('failed');
      return Promise.reject(new ProvenderError('PROVENDER_INVALID', 'no'));
    }, never),
  );
  const last = run('last');
  assert.equal(lanes.size, 5);
  stop.abort(new ProvenderError('PROVENDER_TIMEOUT', 'too long'));
  await gone;
  assert.deepEqual(begun, ['a', 'b']);
  gates[0]?.resolve();
  await Promise.all([a, failed, last]);
  assert.deepEqual(begun, ['a', 'b', 'failed', 'last']);
  gates[1]?.resolve();
  await b;
  assert.equal(lanes.size, 0);
  await assert.rejects(run('too late', undefined, stop.signal), { code: 'PROVENDER_TIMEOUT' });
});

test('reservations agree with a plain list of who holds what until when', () => {
  const command = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    bytes: fc.nat(60),
    forMs: fc.option(fc.nat(50), { nil: undefined }),
    isRelease: fc.boolean(),
    passMs: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      let now = 0;
      const reservations = new Reservations(() => now);
      let held: { key: string; bytes: number; until: number }[] = [];
      for (const { key, bytes, forMs, isRelease, passMs } of commands) {
        now += passMs;
        held = held.filter(({ until }) => until > now);
        const others = held.filter((one) => one.key !== key);
        if (isRelease) {
          reservations.release(key);
          held = others;
        } else {
          const fits = others.reduce((sum, one) => sum + one.bytes, bytes) <= 100;
          const until = forMs === undefined ? {} : { untilMs: now + forMs };
          assert.equal(reservations.hold(key, { bytes, free: 100, ...until }), fits);
          if (fits) held = [...others, { key, bytes, until: until.untilMs ?? Number.POSITIVE_INFINITY }];
          held = held.filter((one) => one.until > now);
        }
        assert.equal(
          reservations.bytes,
          held.reduce((sum, one) => sum + one.bytes, 0),
        );
      }
      reservations.clear();
      assert.equal(reservations.bytes, 0);
    }),
  );
});

test('a claim holds its bytes back for Δ1 and three Δ2', () => {
  const parameters = { claimMs: 1000, commitMs: 2000, bytesPerSecond: 10_000_000 };
  assert.equal(reservationMs(131_072, parameters), 7000);
  assert.equal(reservationMs(100_000_000, parameters), 1000 + 3 * 12_000);
  assert.equal(reservationMs(131_073, parameters), 1000 + 3 * 2014);
});
