import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  referenceFileId,
  sourceOf,
  pieces,
  chunkOf,
  makeChunks,
  declarationOf,
  batchesOf,
  referenceCollectionId,
  type Chunk,
} from '../support/share-content.ts';
import { cut, hex, testBytes } from '../proof/reference-tree.ts';
import { makeSigner, openShares } from '../support/open-shares.ts';
import {
  assertRoots,
  assertStoredReplica,
  referenceLayers,
  statementOf,
  wholeBlocks,
} from '../support/stored-replica.ts';

const STRIPE = 4_194_304;
/** Two runs of the coder in one stripe, one stripe and a block less or more, two stripes. */
const SIZES = [
  0,
  1,
  4095,
  4096,
  4097,
  131_073,
  STRIPE - 4096,
  STRIPE,
  STRIPE + 4096,
  5 * 2 ** 20,
  2 * STRIPE,
];
const signer = makeSigner();

/** Layer 0 of a collection by its definition, and the length of the chunk in each block. */
function collectionLayer(chunks: readonly Chunk[]): { layer0: Uint8Array; lengths: number[] } {
  const manifest = Buffer.alloc(Math.ceil(chunks.length / 64) * 4096);
  for (const [i, { id, bytes }] of chunks.entries()) {
    manifest.set(id, 64 * i);
    manifest.writeUInt32BE(bytes.length, 64 * i + 32);
  }
  const lengths = [...chunks.map(({ bytes }) => bytes.length), ...cut(manifest, 4096).map(() => 0)];
  const blocks = Buffer.concat([...chunks.map(({ bytes }) => wholeBlocks(bytes)), manifest]);
  return { layer0: new Uint8Array(blocks), lengths };
}

for (const profile of [1, 2]) {
  test(`lone chunks of profile ${profile} are stored as the reference encodes them`, async () => {
    await using open = await openShares({ networkId: testBytes(32, 9) });
    for (const size of [0, 1, 63, 64, 65, 4095, 4096]) {
      const content = testBytes(size);
      const outcome = await open.shares.setShare(content, { profile });
      const { id } = chunkOf(content);
      const statement = statementOf(outcome);
      assert.deepEqual([hex(outcome.stat.id), outcome.held, statement.profile], [hex(id), false, profile]);
      const layers = referenceLayers(wholeBlocks(content), statement);
      assertRoots(statement, layers);
      const [chunk] = await open.store.getChunks([id]);
      assert.ok(chunk !== undefined && 'block' in chunk);
      assert.equal(hex(chunk.block), hex(layers.at(-1) ?? new Uint8Array()));
      const again = await open.shares.setShare(content, { profile: 3 - profile });
      assert.deepEqual([again.held, again.stat.profile], [true, profile], 'held in any profile is held');
    }
  });

  test(`files of profile ${profile} are stored as the reference encodes them, whether the id is declared or not`, async () => {
    for (const size of SIZES) {
      const content = testBytes(size);
      const layer0 = wholeBlocks(content);
      const ways = [
        { options: {}, id: referenceFileId(content) },
        { options: {} },
        { options: { stagedRawAboveBytes: 4096 } },
      ];
      for (const { options, id } of ways) {
        await using open = await openShares({ signer, ...options });
        const declared = { sizeBytes: size, profile, ...(id && { id }) };
        const outcome = await open.shares.setFile(declared, sourceOf(...pieces(content, 777_777)));
        assertStoredReplica(open.store, outcome, { layer0 });
        assert.equal(open.store.data.size, 1, 'nothing that was staged raw is left');
      }
    }
  });

  test(`collections of profile ${profile} are stored as the reference encodes them, whether the id is declared or not`, async () => {
    for (const count of [1, 63, 64, 65, 1009, 1100]) {
      const chunks = makeChunks(count);
      const { layer0, lengths } = collectionLayer(chunks);
      const id = referenceCollectionId(chunks);
      const ways = [{ options: {}, id }, { options: {} }, { options: { stagedRawAboveBytes: 4096 } }];
      for (const { options, id: declaredId } of ways) {
        await using open = await openShares({ signer, ...options });
        const declared = { ...declarationOf(chunks), profile, ...(declaredId && { id: declaredId }) };
        const outcome = await open.shares.setShares(declared, sourceOf(...batchesOf(chunks)));
        assert.equal(hex(outcome.stat.id), hex(id));
        assertStoredReplica(open.store, outcome, { layer0, lengths });
        const rows = [...open.store.index.values()].flat().map(({ row }) => row);
        rows.sort((a, b) => a.position - b.position); // stripes are written in the order of the last pass
        assert.deepEqual(
          rows.map(({ position, length, id: chunkId }) => [position, length, hex(chunkId)]),
          chunks.map((chunk, i) => [i, chunk.bytes.length, hex(chunk.id)]),
        );
        assert.equal(open.store.data.size, 1, 'nothing that was staged raw is left');
      }
    }
  });
}
