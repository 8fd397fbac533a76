import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { openShares } from '../support/open-shares.ts';
import { getFile, itemBytes, itemsOf, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const SIZE = 2 * STRIPE_SIZE + 5000;

test('any range of a file gives exactly its bytes', async () => {
  await using open = await openShares();
  const content = testBytes(SIZE);
  const { stat } = await setFile(open.shares, content);
  const ranges: [number, number][] = [
    [0, 0],
    [0, 1],
    [1, 1],
    [4095, 2],
    [4096, 4096],
    [SIZE - 1, 1],
    [SIZE, 0],
    [0, SIZE],
    [STRIPE_SIZE - 1, 2],
    [STRIPE_SIZE, 1],
    [1_048_575, 2],
    [100, STRIPE_SIZE + 200],
  ];
  for (const [offset, length] of ranges) {
    const read = await getFile(open.shares, stat.id, { offset, length });
    assert.ok(read.equals(content.subarray(offset, offset + length)), `${offset}+${length}`);
  }
  assert.ok((await getFile(open.shares, stat.id, { offset: 7 })).equals(content.subarray(7)));
});

test('pieces have at most 256 KiB', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(3_000_000));
  const reading = await open.shares.getFile(stat.id, {});
  for await (const piece of reading.data) assert.ok(piece.length > 0 && piece.length <= 256 * 1024);
});

test('a range outside the file is refused', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(5000));
  for (const range of [
    { offset: 5001 },
    { offset: 0, length: 5001 },
    { offset: -1 },
    { offset: 0.5 },
    { length: -1 },
  ])
    await assert.rejects(open.shares.getFile(stat.id, range), { code: 'PROVENDER_RANGE' });
});

test('a range of a file reads the stripes that it needs and no others', async () => {
  class Counting extends MemoryObjectStore {
    readonly stripes: number[] = [];
    override readStripe(
      ...args: Parameters<MemoryObjectStore['readStripe']>
    ): ReturnType<MemoryObjectStore['readStripe']> {
      this.stripes.push(args[1]);
      return super.readStripe(...args);
    }
  }
  await using open = await openShares({ store: new Counting() });
  const { stat } = await setFile(open.shares, testBytes(SIZE));
  await getFile(open.shares, stat.id, { offset: STRIPE_SIZE + 10, length: 10 });
  assert.deepEqual(open.store.stripes, [1]);
});

test('any range of a collection gives exactly its chunks', async () => {
  await using open = await openShares();
  const chunks = makeChunks(1500);
  const { stat } = await setCollection(open.shares, chunks);
  for (const [first, count] of [
    [0, 0],
    [0, 1],
    [63, 2],
    [1000, 100],
    [1023, 2],
    [1499, 1],
    [1500, 0],
  ] as const) {
    const items = await itemsOf(open.shares.readShares({ collection: stat.id, first, count }));
    assert.deepEqual(
      items.map((item) => Buffer.from(itemBytes(item))),
      chunks.slice(first, first + count).map(({ bytes }) => Buffer.from(bytes)),
    );
  }
  for (const [first, count] of [
    [0, 1501],
    [1501, undefined],
    [-1, 1],
    [0.5, 1],
  ] as const) {
    const range = count === undefined ? { first } : { first, count };
    await assert.rejects(itemsOf(open.shares.readShares({ collection: stat.id, ...range })), {
      code: 'PROVENDER_RANGE',
    });
  }
});
