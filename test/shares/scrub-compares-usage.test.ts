import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHead } from '../../src/objects/head.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { makeChunks, setCollection, setFile } from '../support/share-content.ts';

const NONE = { storedBytes: 0, chunks: 0, files: 0, collections: 0 };

async function hold(): Promise<OpenShares> {
  const open = await openShares();
  await setFile(open.shares, testBytes(10_000));
  await setCollection(open.shares, makeChunks(3));
  for (let i = 0; i < 70; i++) await open.shares.setShare(testBytes(100, i));
  return open;
}

test('a record that was taken away behind the back of the store is missed', async () => {
  for (const taken of ['file', 'collection', 'chunk'] as const) {
    await using open = await hold();
    await using scrub = await openScrubber(open);
    const { stat } =
      taken === 'file'
        ? await setFile(open.shares, testBytes(5000, 9))
        : taken === 'chunk'
          ? await open.shares.setShare(testBytes(5, 1))
          : await setCollection(open.shares, makeChunks(2, 5));
    const key = Buffer.from(stat.id).toString('latin1');
    assert.ok(open.store.heads.delete(key) || open.store.chunks.delete(key));
    const { difference, counts } = await scrub.round();
    const one = taken === 'chunk' ? { chunks: -1 } : taken === 'file' ? { files: -1 } : { collections: -1 };
    assert.deepEqual(difference, { ...NONE, ...one, storedBytes: -stat.storedBytes });
    assert.equal(counts.damaged, 0);
    assert.deepEqual(scrub.events.told, ['started', 'usage differs', 'finished']);
  }
});

test('a record that came back behind the back of the store is one too many', async () => {
  await using open = await hold();
  const { stat } = await open.shares.setShare(testBytes(5, 1));
  const key = Buffer.from(stat.id).toString('latin1');
  const chunk = open.store.chunks.get(key);
  await open.shares.removeShare(stat.id);
  assert.ok(chunk !== undefined);
  open.store.chunks.set(key, chunk);
  await using scrub = await openScrubber(open);
  const { difference } = await scrub.round();
  assert.deepEqual(difference, { ...NONE, chunks: 1, storedBytes: stat.storedBytes });
});

test('what changed during the round is counted once more from the listings', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  let changes = 0;
  scrub.events.onEvent = (event) => {
    if (event === 'checked chunk' && changes++ === 0) void open.shares.setShare(testBytes(7, 77));
  };
  assert.deepEqual((await scrub.round()).difference, NONE);
  assert.ok(changes > 0);
});

test('a store that never rests is not compared, and nobody is alarmed', async () => {
  await using open = await hold();
  await using scrub = await openScrubber(open);
  const list = open.store.list.bind(open.store);
  let sets = 0;
  open.store.list = async (...args) => {
    await open.shares.setShare(testBytes(8, 1000 + sets++));
    return await list(...args);
  };
  assert.equal((await scrub.round()).difference, undefined);
  assert.deepEqual(scrub.events.told, ['started', 'finished']);
});

test('with a head that cannot be read, or usage that is no exact one, nothing is compared', async () => {
  await using open = await hold();
  await using pool = await openScrubber(open, { hasExactUsage: false });
  assert.equal((await pool.round()).difference, undefined);
  const [head] = [...open.store.heads.values()];
  assert.ok(head !== undefined && decodeHead(head).statement.count > 0);
  head[30] = (head[30] ?? 0) ^ 1;
  await using scrub = await openScrubber(open);
  assert.equal((await scrub.round()).difference, undefined);
});
