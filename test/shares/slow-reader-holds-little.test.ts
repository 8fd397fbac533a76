import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { testBytes } from '../proof/reference-tree.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { openShares } from '../support/open-shares.ts';
import { bytesOf, getFile, itemsOf, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const MIB = 2 ** 20;
const CONTENT = testBytes(12 * MIB);

/** Counts the bytes that were read of stripes. */
class Counting extends MemoryObjectStore {
  readBytes = 0;
  override async readStripe(
    ...args: Parameters<MemoryObjectStore['readStripe']>
  ): ReturnType<MemoryObjectStore['readStripe']> {
    this.readBytes += args[2].reduce((sum, { length }) => sum + length, 0);
    return super.readStripe(...args);
  }
}

/** Lets everything run that can without the reader. */
async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await setImmediate();
}

test('a reader that stops has at most one stripe read for it', async () => {
  await using open = await openShares({ store: new Counting() });
  const { stat } = await setFile(open.shares, CONTENT);
  const reading = await open.shares.getFile(stat.id, {});
  const data = reading.data[Symbol.asyncIterator]();
  await data.next();
  await settle();
  assert.ok(open.store.readBytes <= 2 * MIB + 65_536, `${open.store.readBytes} bytes`);
  await data.return?.();
});

test('readers share a bounded memory: who has none waits, and gets it when another ends', async () => {
  await using open = await openShares({ store: new Counting(), readBufferBytes: MIB });
  const { stat } = await setFile(open.shares, CONTENT);
  const first = await open.shares.getFile(stat.id, {});
  const others = [1, 2, 3].map(() => getFile(open.shares, stat.id));
  await settle();
  assert.ok(open.store.readBytes <= MIB + 65_536, `${open.store.readBytes} bytes`);
  assert.ok((await bytesOf(first)).equals(CONTENT));
  for (const other of others) assert.ok((await other).equals(CONTENT));
});

test('a reading that is left alone gives its memory back when its call is aborted', async () => {
  await using open = await openShares({ readBufferBytes: MIB });
  const { stat } = await setFile(open.shares, CONTENT);
  const controller = new AbortController();
  const left = await open.shares.getFile(stat.id, {}, { signal: controller.signal });
  const waiting = getFile(open.shares, stat.id, { length: 5 });
  controller.abort();
  assert.equal((await waiting).length, 5);
  await assert.rejects(bytesOf(left), { code: 'PROVENDER_CANCELLED' });
});

test('an aborted reading throws in the middle and never looks whole', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const controller = new AbortController();
  const reading = await open.shares.getFile(stat.id, {}, { signal: controller.signal });
  let received = 0;
  await assert.rejects(
    async () => {
      for await (const piece of reading.data) {
        received += piece.length;
        if (received > 2 * MIB) controller.abort();
      }
    },
    { code: 'PROVENDER_CANCELLED' },
  );
  assert.ok(received < CONTENT.length);
});

test('a stream of chunks that is left in the middle gives its memory back', async () => {
  await using open = await openShares({ readBufferBytes: MIB });
  const chunks = makeChunks(300);
  const { stat } = await setCollection(open.shares, chunks);
  const ids = chunks.map(({ id }) => id);
  for (const selection of [{ ids }, { collection: stat.id, first: 0, count: 100 }])
    for await (const batch of open.shares.readShares(selection)) if (batch.length > 0) break;
  const controller = new AbortController();
  const { signal } = controller;
  for (const selection of [{ ids }, { collection: stat.id, first: 0, count: 100 }]) {
    const hanging = open.shares.readShares(selection, { signal })[Symbol.asyncIterator]();
    await hanging.next();
  }
  controller.abort();
  assert.equal((await itemsOf(open.shares.readShares({ collection: stat.id, first: 0 }))).length, 300);
});

test('the memory of a reading is used again, but never while its consumer may look at it', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const buffers = new Set<ArrayBufferLike>();
  for await (const piece of (await open.shares.getFile(stat.id, {})).data) buffers.add(piece.buffer);
  assert.ok(buffers.size <= 3, `${buffers.size} pieces of memory for ${CONTENT.length / MIB} MiB`);
  for (const leave of ['abort', 'return'] as const) {
    const controller = new AbortController();
    const { data } = await open.shares.getFile(stat.id, {}, { signal: controller.signal });
    const reading = data[Symbol.asyncIterator]();
    const piece: Uint8Array = (await reading.next()).value;
    if (leave === 'abort') controller.abort();
    else await reading.return?.();
    const other = Buffer.from(CONTENT).reverse();
    const { stat: reversed } = await setFile(open.shares, other);
    assert.ok((await getFile(open.shares, reversed.id)).equals(other));
    assert.equal(Buffer.compare(CONTENT.subarray(0, piece.length), piece), 0, leave);
    await open.shares.removeFile(reversed.id);
  }
});
