import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import type { SetOutcome, Shares } from '../../src/shares/shares.ts';
import { hex } from '../proof/reference-tree.ts';
import { content, known, type ReplicaVector } from '../proof/replica-vectors.ts';
import { openShares } from '../support/open-shares.ts';
import { chunkOf, setCollection, setFile } from '../support/share-content.ts';

/** Larger ones are held by the tests of the tree. */
const VECTORS = known.vectors.filter(({ size }) => size <= 4096 * BLOCK_SIZE);

function set(shares: Shares, { kind, label, size, chunkLengths = [] }: ReplicaVector): Promise<SetOutcome> {
  if (kind === 1) return shares.setShare(content(label, size));
  if (kind === 2) return setFile(shares, content(label, size));
  const chunks = chunkLengths.map((length, i) => chunkOf(content(`${label}/${i}`, length)));
  return setCollection(
    shares,
    chunks.sort((a, b) => Buffer.compare(a.id, b.id)),
  );
}

test('the known answers have all kinds', () => {
  assert.deepEqual(new Set(VECTORS.map(({ kind }) => kind)), new Set([1, 2, 3]));
});

for (const vector of VECTORS) {
  test(`${vector.label} gets its known id and data root`, async () => {
    await using open = await openShares();
    const { stat } = await set(open.shares, vector);
    assert.equal(objectIdHex(stat.id), vector.objectId);
    assert.equal(hex(decodeCommitment(stat.commitment).dataRoot), vector.dataRoot);
    assert.equal(stat.sizeBytes, vector.size);
  });
}
