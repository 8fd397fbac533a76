import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectIdHex } from '../../src/content/object-id.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import {
  getFile,
  itemBytes,
  itemsOf,
  makeChunks,
  referenceCollectionId,
  referenceFileId,
  setCollection,
  setFile,
} from '../support/share-content.ts';

test('files and collections that workers hash have the ids of their definition and read back', async () => {
  await using hasher = await ProofWorkers.open({ threads: 2 });
  await using open = await openShares({ hasher });
  for (const size of [262_144, 1_048_577, 9_000_000]) {
    const content = testBytes(size);
    const { stat } = await setFile(open.shares, content);
    assert.equal(objectIdHex(stat.id), objectIdHex(referenceFileId(content)));
    assert.ok((await getFile(open.shares, stat.id)).equals(content));
  }
  const chunks = makeChunks(1100);
  const { stat } = await setCollection(open.shares, chunks);
  assert.equal(objectIdHex(stat.id), objectIdHex(referenceCollectionId(chunks)));
  const items = await itemsOf(open.shares.readShares({ collection: stat.id, first: 0 }));
  for (const [i, { bytes }] of chunks.entries()) assert.ok(Buffer.from(bytes).equals(itemBytes(items[i])));
});

test('many files that end together never meet a full queue of the workers', async () => {
  await using hasher = await ProofWorkers.open({ threads: 1, maxQueued: 70 });
  await using open = await openShares({ hasher });
  const sets = Array.from({ length: 200 }, (_, i) =>
    setFile(open.shares, testBytes(270_000, i + 1), 270_000),
  );
  assert.equal((await Promise.all(sets)).filter(({ held }) => !held).length, 200);
});
