import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { decodeCommitment } from '../../src/proof/commitment.ts';
import type { SetOutcome, Shares } from '../../src/shares/shares.ts';
import { hex, sha256 } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { chunkOf, setCollection, setFile } from '../support/share-content.ts';

interface Vector {
  readonly kind: number;
  readonly label: string;
  readonly size: number;
  readonly chunkLengths?: readonly number[];
  readonly dataRoot: string;
  readonly objectId: string;
}

const file = new URL('../vectors/replica-kat.json', import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(file, 'utf8'));
/** Larger ones are held by the tests of the tree. */
const VECTORS = vectors.filter(({ size }) => size <= 4096 * BLOCK_SIZE);

/** The generator that the file describes. */
function content(label: string, size: number): Uint8Array {
  const words = Array.from({ length: Math.ceil(size / 32) }, (_, n) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(n);
    return sha256(Buffer.from(label), number);
  });
  return Buffer.concat(words).subarray(0, size);
}

function set(shares: Shares, { kind, label, size, chunkLengths = [] }: Vector): Promise<SetOutcome> {
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
