import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { SEGMENT_SLAB_SIZE } from '../../src/shares/memory/segment-buffers.ts';
import { contentOf } from '../support/content.ts';
import { openShares } from '../support/open-shares.ts';
import { pieces, sourceOf } from '../support/share-content.ts';
import { assertStoredReplica, wholeBlocks } from '../support/stored-replica.ts';

/** Two segments, the second of 1.5 stripes and a part of a block. */
const SIZE = 2 ** 27 + 6 * 2 ** 20 + 5;

test('a file of two segments is stored as the kernels encode it whole, with one segment of memory or two', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const content = contentOf('two segments', SIZE);
  const { dataRoot } = new TreeBuilder().update(content).finish();
  const id = objectId({ kind: OBJECT_KIND.file, sizeBytes: SIZE, count: 1, dataRoot });
  const cases = [
    { segments: 1, profile: 2, id },
    { segments: 2, profile: 2 },
  ];
  for (const { segments, ...declared } of cases) {
    await using open = await openShares({
      hasher: workers,
      coder: workers,
      segmentBytes: segments * SEGMENT_SLAB_SIZE,
    });
    const source = sourceOf(...pieces(content, 2 ** 20));
    const outcome = await open.shares.setFile({ sizeBytes: SIZE, ...declared }, source);
    assert.deepEqual(outcome.stat.id, id);
    assertStoredReplica(open.store, outcome, { layer0: wholeBlocks(content) });
    assert.equal(open.store.data.size, 1);
  }
});
