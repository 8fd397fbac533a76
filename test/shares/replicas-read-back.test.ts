import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, STRIPE_SIZE } from '../../src/content/geometry.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { makeSigner, openShares, TEST_STORES } from '../support/open-shares.ts';
import { type ReplicaWriter, writeChunk, writeCollection, writeFile } from '../support/replica-writer.ts';
import { chunkOf, getFile, itemBytes, itemsOf, makeChunks } from '../support/share-content.ts';

/** The list of proof-of-replication.md, section 3, and the borders of runs and stripes. */
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
  1_048_576,
  1_048_577,
  STRIPE_SIZE - 1,
  STRIPE_SIZE,
  STRIPE_SIZE + 1,
  2 * STRIPE_SIZE + 12_345,
];
const CONTENTS = SIZES.map((size) => testBytes(size, size + 1));
const CHUNKS = [1, 64, 65, 1025, 2300].map((count) => makeChunks(count));

function writerTo(store: ObjectStore, profile: number): ReplicaWriter {
  return { store, signer: makeSigner(), profile };
}

/** Ranges that begin and end at, before and behind the borders of blocks, runs and stripes. */
function* rangesOf(size: number): Generator<{ offset: number; length: number }, undefined> {
  yield { offset: 0, length: 0 };
  yield { offset: size, length: 0 };
  const borders = [0, BLOCK_SIZE, 2 ** 20, STRIPE_SIZE, size].filter((border) => border <= size);
  for (const border of borders)
    for (const from of [border - 1, border, border + 1])
      for (const length of [1, 2, BLOCK_SIZE, 300_000])
        if (from >= 0 && from + length <= size) yield { offset: from, length };
  return undefined;
}

for (const profile of [1, 2])
  for (const [name, openStore] of Object.entries(TEST_STORES)) {
    test(`files of every edge size read back, profile ${profile} on ${name}`, async () => {
      await using testStore = await openStore();
      await using open = await openShares(testStore);
      for (const content of CONTENTS) {
        const { id } = await writeFile(writerTo(open.store, profile), content);
        assert.ok((await getFile(open.shares, id)).equals(content), `${content.length} bytes`);
        assert.equal((await open.shares.statFile(id)).profile, profile);
      }
      assert.deepEqual(open.reports, []);
    });

    test(`a collection reads back by range and by id, profile ${profile} on ${name}`, async () => {
      await using testStore = await openStore();
      await using open = await openShares(testStore);
      for (const chunks of name === 'memory' ? CHUNKS : CHUNKS.slice(0, 4)) {
        const { id: collection } = await writeCollection(writerTo(open.store, profile), chunks);
        const byRange = await itemsOf(open.shares.readShares({ collection, first: 0 }));
        const byId = await itemsOf(open.shares.readShares({ ids: chunks.map(({ id }) => id) }));
        for (const items of [byRange, byId]) {
          assert.equal(items.length, chunks.length);
          for (const [i, { id, bytes }] of chunks.entries()) {
            assert.equal(objectIdHex(items[i]?.id ?? collection), objectIdHex(id));
            assert.ok(Buffer.from(bytes).equals(itemBytes(items[i])), `chunk ${i} of ${chunks.length}`);
          }
        }
        const stat = await open.shares.statShare(chunks[0]?.id ?? collection);
        assert.equal(stat.profile, profile);
        await open.shares.removeShare(collection);
      }
      assert.deepEqual(open.reports, []);
    });
  }

for (const profile of [1, 2]) {
  test(`any range of a file gives exactly its bytes, profile ${profile}`, async () => {
    await using open = await openShares();
    for (const content of CONTENTS) {
      const { id } = await writeFile(writerTo(open.store, profile), content);
      for (const { offset, length } of rangesOf(content.length)) {
        const read = await getFile(open.shares, id, { offset, length });
        assert.ok(
          read.equals(content.subarray(offset, offset + length)),
          `${offset}+${length} of ${content.length}`,
        );
      }
      await open.shares.removeFile(id);
    }
  });

  test(`every range of blocks of a small file gives exactly its bytes, profile ${profile}`, async () => {
    await using open = await openShares();
    const content = testBytes(9 * BLOCK_SIZE - 100);
    const { id } = await writeFile(writerTo(open.store, profile), content);
    for (let first = 0; first < 9; first++)
      for (let last = first; last < 9; last++) {
        const offset = first * BLOCK_SIZE + 7;
        const length = Math.min(last * BLOCK_SIZE + 1000, content.length) - offset;
        if (length < 0) continue;
        const read = await getFile(open.shares, id, { offset, length });
        assert.ok(read.equals(content.subarray(offset, offset + length)), `${offset}+${length}`);
      }
  });
}

test('lone chunks of all profiles and lengths are read in one question, in order', async () => {
  await using open = await openShares();
  const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096];
  const chunks = [];
  for (const [i, length] of lengths.entries())
    for (const profile of [0, 1, 2]) {
      const chunk = chunkOf(testBytes(length, 10 * i + profile));
      if (length < 31 && profile !== 1) continue; // so short ones are equal
      chunks.push(chunk);
      const written = await writeChunk(writerTo(open.store, profile), chunk.bytes);
      assert.equal(objectIdHex(written.id), objectIdHex(chunk.id));
      assert.equal((await open.shares.statShare(chunk.id)).profile, profile);
    }
  const items = await open.shares.getShares(chunks.map(({ id }) => id));
  for (const [i, { id, bytes }] of chunks.entries()) {
    assert.equal(objectIdHex(items[i]?.id ?? id), objectIdHex(id));
    assert.ok(Buffer.from(bytes).equals(itemBytes(items[i])));
  }
  for (const { id, bytes } of chunks) {
    const [item] = await open.shares.getShares([id]);
    assert.ok(Buffer.from(bytes).equals(itemBytes(item)));
  }
  assert.deepEqual(open.reports, []);
});
