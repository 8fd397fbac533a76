import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import type { RootsOptions, Shares } from '../../src/shares/shares.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import { cut, hex, referenceDataRoot, testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { pieces, referenceFileId, setCollection, setFile, makeChunks } from '../support/share-content.ts';

async function rootsOf(shares: Shares, id: ObjectId, options?: RootsOptions): Promise<string[]> {
  const parts: Uint8Array[] = [];
  for await (const piece of shares.fileRoots(id, options)) {
    assert.ok(piece.length > 0 && piece.length <= 256 * 1024);
    parts.push(piece.slice());
  }
  return cut(Buffer.concat(parts), 32).map(hex);
}

for (const profile of [0, 1, 2])
  test(`roots of stripes and of blocks are those of the plain file, profile ${profile}`, async () => {
    await using open = await openShares({ profiles: { chunks: profile, files: profile } });
    for (const size of [0, 1, 4096, 4097, STRIPE_SIZE, 2 * STRIPE_SIZE + 5000]) {
      const content = testBytes(size, size + 1);
      const { stat } = await setFile(open.shares, content);
      const stripes = size === 0 ? [content] : pieces(content, STRIPE_SIZE);
      const expected = stripes.map((stripe) => hex(referenceDataRoot(stripe)));
      assert.deepEqual(await rootsOf(open.shares, stat.id), expected);
      for (const [stripe, bytes] of stripes.entries()) {
        const blocks = size === 0 ? [content] : pieces(bytes, 4096);
        const column = blocks.map((block) => hex(referenceDataRoot(block)));
        assert.deepEqual(await rootsOf(open.shares, stat.id, { stripe }), column);
      }
      for (const stripe of [stripes.length, -1, 0.5, 2 ** 32])
        await assert.rejects(rootsOf(open.shares, stat.id, { stripe }), { code: 'PROVENDER_RANGE' });
    }
  });

test('damaged roots never leave', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(2 * STRIPE_SIZE));
  const [staged] = open.store.data.values();
  staged?.roots?.fill(0);
  await assert.rejects(rootsOf(open.shares, stat.id), { code: 'PROVENDER_CORRUPT' });
  await assert.rejects(rootsOf(open.shares, stat.id, { stripe: 1 }), { code: 'PROVENDER_CORRUPT' });
});

test('what is no file, or not held, has no roots here', async () => {
  await using open = await openShares();
  const { stat } = await setCollection(open.shares, makeChunks(3));
  for (const id of [stat.id, referenceFileId(testBytes(3))])
    await assert.rejects(rootsOf(open.shares, id), { code: 'PROVENDER_NOT_FOUND' });
});
