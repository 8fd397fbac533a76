import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import type { ObjectId } from '../../src/content/object-id.ts';
import { systemClock } from '../../src/shares/scrub/scrub-clock.ts';
import { tagName } from '../../src/objects/tag.ts';
import type { Shares } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { randomNumbers } from '../support/content.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { makeChunks, setCollection, setFile } from '../support/share-content.ts';

const NONE = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };

/** Sets something that was not there; gives how to remove it. */
async function setSome(shares: Shares, seed: number): Promise<() => Promise<void>> {
  const removeShare = (id: ObjectId) => () => shares.removeShare(id);
  if (seed % 3 === 0) return removeShare((await shares.setShare(testBytes(1 + (seed % 4096), seed))).stat.id);
  if (seed % 3 === 1)
    return removeShare((await setCollection(shares, makeChunks(2 + (seed % 5), seed))).stat.id);
  const { id } = (await setFile(shares, testBytes(1 + (seed % 60) * 1000, seed))).stat;
  return () => shares.removeFile(id);
}

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`${name}: a store that nobody touches has no damage and the usage that it says, in every profile`, async () => {
    for (const profile of [0, 1, 2]) {
      await using held = await openStore();
      await using open = await openShares({
        store: held.store,
        profiles: { chunks: profile, files: profile },
      });
      for (let seed = 0; seed < 30; seed++) await setSome(open.shares, 100 * profile + seed);
      await setFile(open.shares, testBytes(9_000_000, profile));
      await using scrub = await openScrubber(open);
      for (const isDeep of [false, true]) {
        const { counts, difference } = await scrub.round({ isDeep });
        assert.deepEqual(scrub.events.messages, []);
        assert.deepEqual(difference, NONE);
        assert.equal(counts.checkedBytes, open.store.usage().storedBytes);
      }
    }
  });

  test(`${name}: what is set, removed and set again during a round is no damage`, async () => {
    await using held = await openStore();
    await using open = await openShares({ store: held.store, profiles: { chunks: 1, files: 1 } });
    const { shares } = open;
    const random = randomNumbers('scrub-meets-changes');
    const removals: (() => Promise<void>)[] = [];
    for (let seed = 0; seed < 40; seed++) removals.push(await setSome(shares, seed));
    // on a disk a set takes its time from being listed to being counted
    await using scrub = await openScrubber(open, name === 'memory' ? {} : { clock: systemClock });
    let seed = 1000;
    let isRunning = true;
    const writer = (async () => {
      while (isRunning) {
        const [removal] = removals.splice(random(removals.length), 1);
        await removal?.();
        removals.push(await setSome(shares, seed++));
        await setImmediate(); // in memory nothing else would ever run
      }
    })();
    for (let round = 0; round < 2; round++) await scrub.round({ isDeep: round % 2 === 1 });
    isRunning = false;
    await writer;
    assert.deepEqual(scrub.events.messages, []);
    assert.ok(!scrub.events.told.includes('usage differs'), scrub.events.told.join(', '));
    assert.deepEqual((await scrub.round()).difference, NONE);
  });
}

test('what cannot be checked again and again is left out, told, and keeps nothing else from being checked', async () => {
  await using open = await openShares();
  for (let seed = 0; seed < 9; seed++) await setSome(open.shares, seed);
  const [strange] = open.store.data.keys();
  const read = open.store.readStripe.bind(open.store);
  open.store.readStripe = async (tag, ...rest) => {
    if (tagName(tag) === strange) throw new TypeError('nobody expects this');
    return await read(tag, ...rest);
  };
  await using scrub = await openScrubber(open);
  const { counts, difference } = await scrub.round();
  assert.deepEqual(
    [counts.files + counts.collections, counts.chunks, counts.damaged, difference],
    [5, 3, 0, undefined],
  );
  assert.deepEqual(scrub.events.told, ['started', 'failed', 'failed', 'failed', 'finished']);
});
