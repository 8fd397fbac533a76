import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { Pace } from '../../src/shares/scrub/pace.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { FakeClock, openScrubber } from '../support/open-scrubber.ts';
import { setFile } from '../support/share-content.ts';

const MIB = 2 ** 20;
const NEVER = new AbortController().signal;

test('what is taken over time is at most the rate, whatever the size of the pieces', async () => {
  for (const piece of [1, 1000, MIB]) {
    const clock = new FakeClock();
    const pace = new Pace(clock, MIB);
    const start = clock.nowMs();
    let taken = 0;
    for (let i = 0; i < 40; i++) {
      const allowed = ((clock.nowMs() - start) * MIB) / 1000 + piece;
      await pace.take(piece, NEVER);
      assert.ok(taken <= Math.ceil(allowed), `${taken} bytes before, ${allowed} allowed`);
      taken += piece;
    }
    const seconds = (clock.nowMs() - start) / 1000;
    assert.ok(taken - piece <= seconds * MIB + 1, `${taken} bytes in ${seconds} s`);
    if (piece === MIB) assert.equal(seconds, 39); // the first is free, each other waits for the one before
  }
});

test('time that nobody used is not saved up', async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock, 1000);
  clock.goOn(3_600_000);
  await pace.take(1000, NEVER);
  await pace.take(1000, NEVER);
  assert.equal(clock.sleptMs, 1000);
});

test('without a bound nothing sleeps; a new rate holds from the next take on', async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock, 0);
  for (let i = 0; i < 10; i++) await pace.take(MIB, NEVER);
  assert.equal(clock.sleptMs, 0);
  pace.bytesPerSecond = MIB / 2;
  await pace.take(MIB, NEVER);
  await pace.take(MIB, NEVER);
  assert.equal(clock.sleptMs, 2000);
  pace.bytesPerSecond = 0;
  await pace.take(MIB, NEVER);
  assert.equal(clock.sleptMs, 2000);
});

test('a wait ends with its signal', async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock, 1);
  const ended = new AbortController();
  await pace.take(MIB, ended.signal);
  const waiting = pace.take(1, ended.signal);
  ended.abort(new ProvenderError('PROVENDER_CLOSED', 'closed'));
  await assert.rejects(waiting, { code: 'PROVENDER_CLOSED' });
});

test('a round takes as long as its rate makes it, and the rate of a command is for its round only', async () => {
  await using open = await openShares();
  await setFile(open.shares, testBytes(8 * MIB));
  await using scrub = await openScrubber(open, { bytesPerSecond: 2 * MIB });
  const before = scrub.clock.sleptMs;
  await scrub.round();
  const own = scrub.clock.sleptMs - before;
  assert.ok(own >= 3500 && own <= 4500, `${own} ms for 8 MiB at 2 MiB/s`);
  await scrub.round({ bytesPerSecond: MIB });
  const slow = scrub.clock.sleptMs - before - own;
  assert.ok(slow >= 7000 && slow <= 9000, `${slow} ms for 8 MiB at 1 MiB/s`);
  await scrub.scrubber.start({});
  assert.equal(scrub.scrubber.status().bytesPerSecond, 2 * MIB);
});

test('a piece is at most one MiB, so that others come in between', async () => {
  await using open = await openShares();
  await setFile(open.shares, testBytes(5 * MIB));
  const read = open.store.readStripe.bind(open.store);
  const lengths: number[] = [];
  open.store.readStripe = async (...args) => {
    lengths.push(args[2].reduce((sum, { length }) => sum + length, 0));
    return await read(...args);
  };
  await using scrub = await openScrubber(open);
  await scrub.round();
  assert.equal(Math.max(...lengths), MIB);
});
