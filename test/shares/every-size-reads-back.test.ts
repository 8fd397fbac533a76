import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { storedSize } from '../../src/objects/stored-size.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import {
  chunkOf,
  getFile,
  itemBytes,
  itemsOf,
  makeChunks,
  referenceCollectionId,
  referenceFileId,
  setCollection,
  setFile,
} from '../support/share-content.ts';

/** The list of proof-of-replication.md, section 3, as far as memory is spared, and the borders of a stripe. */
const SIZES = [
  0,
  1,
  31,
  32,
  33,
  63,
  64,
  65,
  4095,
  4096,
  4097,
  8192,
  131_072,
  131_073,
  262_143,
  262_144,
  262_145,
  STRIPE_SIZE - 1,
  STRIPE_SIZE,
  STRIPE_SIZE + 1,
  STRIPE_SIZE + BLOCK_SIZE,
  2 * STRIPE_SIZE,
  3 * STRIPE_SIZE + 12_345,
];

/** Made once: the slow part is the reference. */
const FILES = SIZES.map((size) => {
  const content = testBytes(size, size + 1);
  return { size, content, id: objectIdHex(referenceFileId(content)) };
});
const COLLECTIONS = [1, 63, 64, 65, 1007, 1008, 1023, 1024, 1025, 2300].map((count) => {
  const chunks = makeChunks(count);
  return { count, chunks, id: objectIdHex(referenceCollectionId(chunks)) };
});

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`files of every edge size have the id of their definition and read back on ${name}`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    let stored = 0;
    for (const { size, content, id } of FILES) {
      const { stat, held } = await setFile(open.shares, content);
      assert.equal(objectIdHex(stat.id), id, `${size} bytes`);
      assert.equal(held, false);
      assert.ok((await getFile(open.shares, stat.id)).equals(content), `${size} bytes`);
      stored += stat.storedBytes;
      assert.equal(stat.storedBytes, storedSize({ kind: 2, sizeBytes: size, passes: 0 }, 275));
    }
    const usage = open.shares.usage();
    assert.deepEqual([usage.files, usage.storedBytes, usage.reservedBytes], [SIZES.length, stored, 0]);
  });

  test(`chunks of every length read back on ${name}`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    for (const length of [0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096]) {
      const { id, bytes } = chunkOf(testBytes(length, 3));
      const { stat } = await open.shares.setShare(bytes);
      assert.equal(objectIdHex(stat.id), objectIdHex(id));
      const [item] = await open.shares.getShares([id]);
      assert.deepEqual(Buffer.from(itemBytes(item)), Buffer.from(bytes));
    }
  });

  for (const { count, chunks, id: expected } of COLLECTIONS) {
    test(`a collection of ${count} chunks reads back by range and by id on ${name}`, async () => {
      await using testStore = await openStore();
      await using open = await openShares(testStore);
      const { stat } = await setCollection(open.shares, chunks);
      assert.equal(objectIdHex(stat.id), expected);
      const byRange = await itemsOf(open.shares.readShares({ collection: stat.id, first: 0 }));
      const byId = await itemsOf(open.shares.readShares({ ids: chunks.map(({ id }) => id) }));
      for (const items of [byRange, byId]) {
        assert.equal(items.length, count);
        for (const [i, { id, bytes }] of chunks.entries()) {
          assert.ok(Buffer.from(id).equals(items[i]?.id ?? id));
          assert.ok(Buffer.from(bytes).equals(itemBytes(items[i])), `chunk ${i}`);
        }
      }
    });
  }
}
