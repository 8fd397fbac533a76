import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { objectIdHex } from '../../src/content/object-id.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import {
  declarationOf,
  getFile,
  makeChunks,
  referenceCollectionId,
  referenceFileId,
  sourceOf,
} from '../support/share-content.ts';

const FACTOR = process.env['PROVENDER_TEST_LONG'] === '1' ? 10 : 1;

/** Cuts bytes at any places, equal ones (empty pieces) included. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

/** An amount and cuts in it. */
const anySplit = (most: number): fc.Arbitrary<{ size: number; cuts: number[] }> =>
  fc.integer({ min: 0, max: most }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      cuts: fc.array(fc.integer({ min: 0, max: size }), { maxLength: 40 }),
    }),
  );

for (const [what, most, numRuns] of [
  ['small files', 300_000, 60],
  ['files around a stripe', 9_000_000, 12],
] as const) {
  test(`any split of ${what} gives the object of its definition`, async () => {
    await using open = await openShares();
    await fc.assert(
      fc.asyncProperty(anySplit(most), fc.nat(1000), async ({ size, cuts }, seed) => {
        const content = testBytes(size, seed);
        const { stat } = await open.shares.setFile({ sizeBytes: size }, sourceOf(...split(content, cuts)));
        assert.equal(objectIdHex(stat.id), objectIdHex(referenceFileId(content)));
        assert.ok((await getFile(open.shares, stat.id)).equals(content));
        await open.shares.removeFile(stat.id);
      }),
      { numRuns: FACTOR * numRuns },
    );
    assert.deepEqual(open.store.data.size, 0);
  });
}

test('any batches of a collection give the object of its definition', async () => {
  await using open = await openShares();
  const all = makeChunks(200);
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 200 }),
    sizes: fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 4, maxLength: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, sizes }) => {
      const chunks = all.slice(0, count);
      const batches: Uint8Array[][] = [];
      for (let at = 0, i = 0; at < count; i++) {
        const size = i < sizes.length ? (sizes[i] ?? 1) : 64;
        batches.push(chunks.slice(at, at + size).map(({ bytes }) => bytes));
        at += size;
      }
      const { stat } = await open.shares.setShares(declarationOf(chunks), sourceOf(...batches));
      assert.equal(objectIdHex(stat.id), objectIdHex(referenceCollectionId(chunks)));
      await open.shares.removeShare(stat.id);
    }),
    { numRuns: FACTOR * 40 },
  );
});
