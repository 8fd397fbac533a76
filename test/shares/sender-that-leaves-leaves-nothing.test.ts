import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { Shares } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { deferred } from '../support/deferred.ts';
import type { Tag } from '../../src/objects/tag.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import {
  batchesOf,
  declarationOf,
  getFile,
  makeChunks,
  pieces,
  referenceFileId,
  setFile,
  sourceOf,
} from '../support/share-content.ts';

const CONTENT = testBytes(9_000_000);
const PIECES = pieces(CONTENT, 1_000_000);
const CHUNKS = makeChunks(1100);
const BATCHES = batchesOf(CHUNKS, 64);

/** Everything that a call could leave: bytes in the usage, reservations, staged data. */
function assertAsBefore(shares: Shares, store: ObjectStore): void {
  const { storedBytes, files, collections, reservedBytes } = shares.usage();
  assert.deepEqual([storedBytes, files, collections, reservedBytes], [0, 0, 0, 0]);
  if (store instanceof MemoryObjectStore) assert.deepEqual([store.data.size, store.index.size], [0, 0]);
}

/** Gives `count` parts, then does `what`, which throws or never answers. */
async function* upTo<T>(
  parts: readonly T[],
  count: number,
  what: () => Promise<void>,
): AsyncGenerator<T, undefined> {
  yield* sourceOf(...parts.slice(0, count));
  await what();
  return undefined;
}

const gone = new Error('the connection is gone');
const leave = (): Promise<void> => Promise.reject(gone);

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`a source that throws after any piece leaves ${name} as it was`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    for (let count = 0; count <= PIECES.length; count++) {
      const set = open.shares.setFile({ sizeBytes: CONTENT.length }, upTo(PIECES, count, leave));
      await assert.rejects(set, gone);
      assertAsBefore(open.shares, open.store);
    }
    for (let count = 0; count <= BATCHES.length; count += 3) {
      await assert.rejects(open.shares.setShares(declarationOf(CHUNKS), upTo(BATCHES, count, leave)), gone);
      assertAsBefore(open.shares, open.store);
    }
  });

  test(`an abort after any piece ends the call and leaves ${name} as it was`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    for (let count = 0; count <= PIECES.length; count++) {
      const controller = new AbortController();
      const never = deferred();
      const hang = (): Promise<void> => {
        controller.abort();
        return never.promise;
      };
      const { signal } = controller;
      const set = open.shares.setFile({ sizeBytes: CONTENT.length }, upTo(PIECES, count, hang), { signal });
      await assert.rejects(set, { code: 'PROVENDER_CANCELLED' });
      assertAsBefore(open.shares, open.store);
    }
    await setFile(open.shares, CONTENT);
  });
}

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`a sender that leaves ${name} in the middle of a replica leaves nothing`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    const never = deferred();
    const id = referenceFileId(CONTENT);
    for (let count = 0; count <= PIECES.length; count += 3) {
      const declared = { sizeBytes: CONTENT.length, profile: 2, ...(count % 2 === 0 && { id }) };
      await assert.rejects(open.shares.setFile(declared, upTo(PIECES, count, leave)), gone);
      const controller = new AbortController();
      const hang = (): Promise<void> => {
        controller.abort();
        return never.promise;
      };
      const { signal } = controller;
      const set = open.shares.setFile(declared, upTo(PIECES, count, hang), { signal });
      await assert.rejects(set, { code: 'PROVENDER_CANCELLED' });
      const chunks = { ...declarationOf(CHUNKS), profile: 1 };
      await assert.rejects(open.shares.setShares(chunks, upTo(BATCHES, count, leave)), gone);
      assertAsBefore(open.shares, open.store);
    }
    const declared = { sizeBytes: CONTENT.length, profile: 2, id };
    assert.equal((await open.shares.setFile(declared, sourceOf(...PIECES))).held, false);
  });
}

test('an abort with an error of ours ends the call with it', async () => {
  await using open = await openShares();
  const late = new ProvenderError('PROVENDER_TIMEOUT', 'too late');
  const signal = AbortSignal.abort(late);
  await assert.rejects(open.shares.setFile({ sizeBytes: 1 }, sourceOf(testBytes(1)), { signal }), late);
  await assert.rejects(open.shares.setShare(testBytes(1), { signal }), late);
  await assert.rejects(open.shares.getShares([], { signal }), late);
  assertAsBefore(open.shares, open.store);
});

test('the source is told that nobody reads on', async () => {
  await using open = await openShares();
  let told = false;
  async function* source(): AsyncGenerator<Uint8Array, undefined> {
    try {
      for (;;) yield testBytes(100);
    } finally {
      told = true;
    }
  }
  await assert.rejects(open.shares.setFile({ sizeBytes: 150 }, source()), { code: 'PROVENDER_INVALID' });
  assert.ok(told);
});

test('a store that fails ends the call although the sender hangs, and the leftovers go at the next set', async () => {
  class Failing extends MemoryObjectStore {
    failing = true;
    override writeStripe(...args: Parameters<MemoryObjectStore['writeStripe']>): Promise<void> {
      if (this.failing)
        return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away'));
      return super.writeStripe(...args);
    }
    override discard(...args: Parameters<MemoryObjectStore['discard']>): Promise<void> {
      if (this.failing)
        return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away'));
      return super.discard(...args);
    }
  }
  await using open = await openShares({ store: new Failing() });
  const never = deferred();
  const set = open.shares.setFile(
    { sizeBytes: CONTENT.length },
    upTo(PIECES, 5, () => never.promise),
  );
  await assert.rejects(set, { code: 'PROVENDER_UNAVAILABLE' });
  assert.equal(open.store.data.size, 1, 'it could not be dropped');
  assert.equal(open.shares.usage().reservedBytes, 0);
  open.store.failing = false;
  const { stat } = await setFile(open.shares, testBytes(10));
  assert.equal(open.store.data.size, 1, 'only the new one is left');
  await open.shares.removeFile(stat.id);
  assertAsBefore(open.shares, open.store);
});

test('leftovers that could not be dropped go at close', async () => {
  class Failing extends MemoryObjectStore {
    failing = true;
    override discard(...args: Parameters<MemoryObjectStore['discard']>): Promise<void> {
      if (this.failing)
        return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away'));
      return super.discard(...args);
    }
  }
  await using open = await openShares({ store: new Failing() });
  await assert.rejects(open.shares.setFile({ sizeBytes: 10 }, upTo([], 0, leave)), gone);
  open.store.failing = false;
  await open.shares.close();
  assert.equal(open.store.data.size, 0);
});

test('a publish whose answer is lost keeps the data of the head that stands', async () => {
  class Lossy extends MemoryObjectStore {
    override async publish(
      ...args: Parameters<MemoryObjectStore['publish']>
    ): ReturnType<MemoryObjectStore['publish']> {
      await super.publish(...args);
      throw new ProvenderError('PROVENDER_UNAVAILABLE', 'no answer');
    }
  }
  await using open = await openShares({ store: new Lossy() });
  await assert.rejects(setFile(open.shares, testBytes(10)), { code: 'PROVENDER_AMBIGUOUS' });
  const [stat] = (await open.shares.list({ kind: 2, limit: 1 })).shares;
  assert.ok(stat !== undefined);
  assert.ok((await getFile(open.shares, stat.id)).equals(testBytes(10)));
});

test('a publish that may land later keeps its data, though nothing stands yet', async () => {
  const discarded: Tag[] = [];
  class Late extends MemoryObjectStore {
    override async publish(): ReturnType<MemoryObjectStore['publish']> {
      throw new ProvenderError('PROVENDER_AMBIGUOUS', 'no answer in time');
    }
    override async discard(tag: Tag): Promise<void> {
      discarded.push(tag);
    }
  }
  await using open = await openShares({ store: new Late() });
  await assert.rejects(setFile(open.shares, testBytes(10)), { code: 'PROVENDER_AMBIGUOUS' });
  assert.equal(open.store.data.size, 1);
  await open.shares.close();
  assert.deepEqual(discarded, []);
});

test('a store that cannot start staging ends the call, whatever the sender does', async () => {
  await using open = await openShares();
  open.store.healthNow = { writable: false, reason: 'read-only' };
  const never = deferred();
  const set = open.shares.setFile(
    { sizeBytes: 10 },
    upTo([], 0, () => never.promise),
  );
  await assert.rejects(set, { code: 'PROVENDER_UNAVAILABLE' });
  assert.equal(open.shares.usage().reservedBytes, 0);
});
