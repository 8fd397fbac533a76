import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import { type OpenScrubber, openScrubber, roundEnd } from '../support/open-scrubber.ts';
import { makeChunks, setCollection, setFile } from '../support/share-content.ts';
import { until } from '../support/until.ts';

/** Files of several stripes, a collection and lone chunks. */
async function hold(): Promise<OpenShares> {
  const open = await openShares();
  for (const seed of [1, 2, 3]) await setFile(open.shares, testBytes(2 * STRIPE_SIZE + 5, seed));
  await setCollection(open.shares, makeChunks(70));
  for (let i = 0; i < 200; i++) await open.shares.setShare(testBytes(4096, 100 + i));
  return open;
}

/** Notes which stripes are read, by tag and number. */
function watchReads({ store }: OpenShares): string[] {
  const reads: string[] = [];
  const [readStripe, getChunks] = [store.readStripe.bind(store), store.getChunks.bind(store)];
  store.readStripe = async (tag, stripe, ...rest) => {
    reads.push(`${Buffer.from(tag).toString('hex')}/${stripe}`);
    return await readStripe(tag, stripe, ...rest);
  };
  store.getChunks = async (ids) => {
    reads.push(...ids.map((id) => Buffer.from(id).toString('hex')));
    return await getChunks(ids);
  };
  return reads;
}

/** Starts a round and calls `then` once, at the `count`th time that `event` is told. */
async function startUntil(
  scrub: OpenScrubber,
  event: string,
  count: number,
  then: () => void,
): Promise<void> {
  let seen = 0;
  scrub.events.onEvent = (told) => {
    if (told === event && ++seen === count) then();
  };
  await scrub.scrubber.start({});
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

test('a pause holds the round, a resumption lets it go on where it was, and it checks everything once', async () => {
  await using open = await hold();
  const reads = watchReads(open);
  await using scrub = await openScrubber(open);
  const { scrubber } = scrub;
  await startUntil(scrub, 'checked bytes', 2, () => void scrubber.pause());
  await until('it is paused', () => scrubber.status().state === 'paused');
  await turns(50);
  const held = reads.length;
  const { counts } = scrubber.status();
  await turns(50);
  assert.deepEqual([reads.length, scrubber.status().counts], [held, counts]);
  assert.ok(counts.checkedBytes > 0 && counts.checkedBytes < open.store.usage().storedBytes);
  await scrubber.pause(); // again: nothing happens
  const ended = roundEnd(scrubber);
  assert.equal((await scrubber.resume()).state, 'running');
  await ended;
  assert.equal(scrub.events.results[0]?.counts.checkedBytes, open.store.usage().storedBytes);
  assert.deepEqual(scrub.events.told, ['started', 'paused', 'resumed', 'finished']);
});

test('pause and resume want a round; stop does not mind, and forgets where it was', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  const { scrubber } = scrub;
  await assert.rejects(scrubber.pause(), { code: 'PROVENDER_INVALID' });
  await assert.rejects(scrubber.resume(), { code: 'PROVENDER_INVALID' });
  assert.equal((await scrubber.stop()).state, 'idle');
  await startUntil(scrub, 'checked bytes', 3, () => void scrubber.stop());
  await until('it was given up', () => scrubber.status().state === 'idle');
  await turns(50);
  assert.deepEqual(scrub.events.told, ['started', 'stopped']);
  assert.equal(scrubber.status().last, undefined);
  scrub.events.onEvent = () => undefined;
  assert.equal((await scrub.round()).counts.files, 3);
});

test('a paused round can be stopped, and started anew', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  await startUntil(scrub, 'checked bytes', 1, () => void scrub.scrubber.pause());
  await until('it is paused', () => scrub.scrubber.status().state === 'paused');
  await scrub.scrubber.stop();
  scrub.events.onEvent = () => undefined;
  assert.equal((await scrub.round()).counts.chunks, 200);
});

test('a start joins the round that runs, resumes one that is paused, and refuses to make it deep', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  const { scrubber } = scrub;
  await startUntil(scrub, 'checked bytes', 2, () => void scrubber.pause());
  await until('it is paused', () => scrubber.status().state === 'paused');
  await assert.rejects(scrubber.start({ isDeep: true }), { code: 'PROVENDER_CONFLICT' });
  const { startedUnixMs } = scrubber.status();
  const ended = roundEnd(scrubber);
  const joined = await scrubber.start({ bytesPerSecond: 2 ** 30 });
  assert.deepEqual(
    [joined.state, joined.startedUnixMs, joined.bytesPerSecond],
    ['running', startedUnixMs, 2 ** 30],
  );
  await ended;
  assert.equal(scrub.events.results.length, 1);
});

test('a restart gives up what is unfinished', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  await startUntil(scrub, 'checked bytes', 4, () => void scrub.scrubber.pause());
  await until('it is paused', () => scrub.scrubber.status().state === 'paused');
  scrub.events.onEvent = () => undefined;
  const { counts, isDeep } = await scrub.round({ isRestart: true, isDeep: true });
  assert.deepEqual([counts.checkedBytes, isDeep], [open.store.usage().storedBytes, true]);
});

test('a round goes on after each end of its process, in the middle of files and of chunks too, and misses nothing', async () => {
  await using open = await hold();
  const reads = watchReads(open);
  await using whole = await openScrubber(open);
  const expected = (await whole.round()).counts;
  const wanted = new Set(reads);
  reads.length = 0;
  const saved: string[] = [];
  let ends = 0;
  for (;;) {
    const scrub = await openScrubber(open, { saved });
    let closing: Promise<void> | undefined;
    let seen = 0;
    scrub.events.onEvent = (event) => {
      if (event === 'checked bytes' && ++seen === 2) closing = scrub.scrubber.close();
    };
    if (ends === 0) await scrub.scrubber.start({});
    await until('it is closed or done', () => closing !== undefined || scrub.events.results.length > 0);
    await closing;
    const [result] = scrub.events.results;
    await scrub.scrubber.close();
    if (result === undefined) {
      ends++;
      continue;
    }
    assert.deepEqual(result.counts, expected);
    assert.deepEqual(result.difference, { storedBytes: 0, chunks: 0, files: 0, collections: 0 });
    assert.deepEqual(scrub.events.told, ['continued', 'finished']);
    break;
  }
  assert.ok(ends > 5, `${ends} ends`);
  assert.deepEqual(new Set(reads), wanted);
});

test('a crash takes back no more than ten seconds', async () => {
  await using open = await hold();
  const saved: string[] = [];
  const crashed = await openScrubber(open, { saved });
  crashed.events.onEvent = (event) => {
    if (event === 'checked bytes') crashed.clock.goOn(4000);
  };
  await crashed.round();
  // what was saved while it ran, as a crash would find it
  const positions = saved.map((text) => JSON.parse(text)).filter(({ round }) => round !== undefined);
  assert.ok(positions.length >= 3, `${positions.length} positions`);
  for (const text of saved.slice(1, -1)) {
    await using scrub = await openScrubber(open, { saved: [text] });
    await until('it went on to its end', () => scrub.events.results.length > 0);
    assert.equal(scrub.events.told[0], 'continued');
    assert.equal(scrub.events.results[0]?.counts.checkedBytes, open.store.usage().storedBytes);
  }
});

test('a pause outlives the process, and what was found too', async () => {
  await using open = await hold();
  const saved: string[] = [];
  const [stripe] = [...open.store.data.values()].map(({ stripes }) => stripes.get(0));
  assert.ok(stripe !== undefined);
  stripe[0] = (stripe[0] ?? 0) ^ 1;
  const first = await openScrubber(open, { saved });
  await startUntil(first, 'damaged block', 1, () => void first.scrubber.pause());
  await until('it is paused', () => first.scrubber.status().state === 'paused');
  await first.scrubber.close();
  await using second = await openScrubber(open, { saved });
  await turns(50);
  const { state, damage } = second.scrubber.status();
  assert.deepEqual([state, damage.length, second.events.told], ['paused', 1, []]);
  const ended = roundEnd(second.scrubber);
  await second.scrubber.resume();
  await ended;
  assert.equal(second.events.results[0]?.counts.damaged, 1);
  assert.equal(second.scrubber.status().damage.length, 1);
});

test('a position that cannot be read is told, and the next round begins from the start', async () => {
  await using open = await hold();
  for (const text of ['{"version":2}', 'no JSON', '']) {
    await using scrub = await openScrubber(open, { saved: [text] });
    assert.deepEqual(scrub.events.told, ['failed']);
    assert.equal((await scrub.round()).counts.files, 3);
  }
});

test('a round is due an interval after the last one, and one that failed is tried again until it ends', async () => {
  await using open = await hold();
  const saved: string[] = [];
  await using scrub = await openScrubber(open, { saved, intervalMs: 3_600_000 });
  let fails = 3;
  const list = open.store.list.bind(open.store);
  open.store.list = async (...args) => {
    if (fails-- > 0) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the store is away');
    return await list(...args);
  };
  await until('two rounds ended', () => scrub.events.results.length === 2);
  assert.deepEqual(scrub.events.told.slice(0, 5), ['started', 'failed', 'failed', 'failed', 'finished']);
  const [one, two] = scrub.events.results;
  assert.ok((two?.startedUnixMs ?? 0) - (one?.finishedUnixMs ?? 0) >= 3_600_000);
});

test('a disk that takes no position ends no round, and a closed scrubber takes no calls', async () => {
  await using open = await hold();
  let isFull = false;
  await using scrub = await openScrubber(open, {
    memory: {
      load: async () => undefined,
      save: async () => {
        if (isFull) throw new Error('ENOSPC');
      },
    },
  });
  scrub.events.onEvent = () => {
    isFull = true;
    scrub.clock.goOn(11_000);
  };
  await assert.rejects(scrub.round(), /ENOSPC/); // whoever starts is told
  await until('it ended', () => scrub.events.results.length === 1);
  assert.ok(scrub.events.errors.length > 0);
  await scrub.scrubber.close();
  await assert.rejects(scrub.scrubber.start({}), { code: 'PROVENDER_CLOSED' });
});
