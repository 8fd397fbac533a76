import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { SEGMENT_SLAB_SIZE } from '../../src/shares/memory/segment-buffers.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import { getFile, pieces, sourceOf } from '../support/share-content.ts';

const SEGMENT = 2 ** 27;

/** Bytes that no two blocks have in common, made fast. */
function contentOf(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2_654_435_761) ^ (i >>> 7);
  return new Uint8Array(words.buffer, 0, length);
}

test('a file one byte longer than a segment reads back, whole and in ranges', async () => {
  const content = contentOf(SEGMENT + 1);
  await using testStore = await (TEST_STORES['level'] ?? assert.fail)();
  await using workers = await ProofWorkers.open({ threads: 2 });
  await using open = await openShares({
    store: testStore.store,
    hasher: workers,
    coder: workers,
    segmentBytes: SEGMENT_SLAB_SIZE + 2 ** 20,
  });
  const source = sourceOf(...pieces(content, 2 ** 20));
  const { stat } = await open.shares.setFile({ sizeBytes: content.length, profile: 2 }, source);
  let at = 0;
  for await (const piece of (await open.shares.getFile(stat.id, {})).data) {
    assert.equal(Buffer.compare(piece, content.subarray(at, at + piece.length)), 0, `byte ${at}`);
    at += piece.length;
  }
  assert.equal(at, content.length);
  for (const [offset, length] of [
    [0, 5000],
    [SEGMENT, 1],
    [SEGMENT - 1, 2],
    [SEGMENT - 300 * BLOCK_SIZE - 7, 300 * BLOCK_SIZE + 8],
    [SEGMENT / 2 + 123, 1_500_000],
    [40_000_000, 400_000],
  ] as const) {
    const read = await getFile(open.shares, stat.id, { offset, length });
    assert.ok(read.equals(content.subarray(offset, offset + length)), `${offset}+${length}`);
  }
  assert.deepEqual(open.reports, []);
});
