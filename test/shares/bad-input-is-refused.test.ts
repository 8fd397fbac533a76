import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectIdHex, parseObjectId } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import {
  batchesOf,
  type Chunk,
  declarationOf,
  itemsOf,
  makeChunks,
  referenceFileId,
  setCollection,
  setFile,
  sourceOf,
} from '../support/share-content.ts';

const UNKNOWN = parseObjectId(new Uint8Array(32).fill(7));

/** Nothing of a refused call stays. */
function assertEmpty({ shares, store }: OpenShares): void {
  const { storedBytes, chunks, files, collections, reservedBytes } = shares.usage();
  assert.deepEqual([storedBytes, chunks, files, collections, reservedBytes], [0, 0, 0, 0, 0]);
  assert.deepEqual([store.data.size, store.heads.size, store.index.size, store.chunks.size], [0, 0, 0, 0]);
}

test('a chunk above 4096 bytes is refused with its size and the limit', async () => {
  await using open = await openShares();
  await assert.rejects(open.shares.setShare(new Uint8Array(4097)), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_INVALID'));
    assert.match(error.message, /4097 bytes, limit 4096/);
    return true;
  });
  assertEmpty(open);
});

test('a file that is longer or shorter than declared is refused', async () => {
  for (const [declared, sent] of [
    [0, 1],
    [1, 0],
    [100, 99],
    [100, 101],
    [4_194_304, 4_194_305],
    [9_000_000, 8_999_999],
    [4096, 9_000_000],
  ] as const) {
    await using open = await openShares();
    const parts = [testBytes(Math.min(sent, 50)), testBytes(Math.max(0, sent - 50))];
    await assert.rejects(open.shares.setFile({ sizeBytes: declared }, sourceOf(...parts)), {
      code: 'PROVENDER_INVALID',
    });
    assertEmpty(open);
  }
});

test('a file with another id than declared is refused', async () => {
  await using open = await openShares();
  const content = testBytes(10_000);
  const declared = { sizeBytes: content.length, id: UNKNOWN };
  await assert.rejects(open.shares.setFile(declared, sourceOf(content)), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_INVALID'));
    assert.equal(error.details['found'], objectIdHex(referenceFileId(content)));
    return true;
  });
  assertEmpty(open);
});

test('a held file whose size is declared wrongly is refused', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(10));
  const set = open.shares.setFile({ sizeBytes: 11, id: stat.id }, sourceOf(testBytes(11)));
  await assert.rejects(set, { code: 'PROVENDER_INVALID' });
});

test('sizes that no object has are refused', async () => {
  await using open = await openShares();
  for (const sizeBytes of [-1, 0.5, Number.NaN, 2 ** 36 + 1])
    await assert.rejects(open.shares.setFile({ sizeBytes }, sourceOf()), { code: 'PROVENDER_INVALID' });
  for (const declared of [
    { count: 0, sizeBytes: 0 },
    { count: 2 ** 20 + 1, sizeBytes: 1 },
    { count: 1, sizeBytes: 4097 },
    { count: 1.5, sizeBytes: 1 },
  ])
    await assert.rejects(open.shares.setShares(declared, sourceOf()), { code: 'PROVENDER_INVALID' });
  assertEmpty(open);
});

test('an unknown profile is refused', async () => {
  await using open = await openShares();
  const sets = [
    open.shares.setFile({ sizeBytes: 1, profile: 3 }, sourceOf(testBytes(1))),
    open.shares.setShares({ count: 1, sizeBytes: 1, profile: 3 }, sourceOf([testBytes(1)])),
    open.shares.setShare(testBytes(1), { profile: 3 }),
  ];
  for (const set of sets) await assert.rejects(set, { code: 'PROVENDER_UNSUPPORTED' });
  assertEmpty(open);
});

test('chunks out of order, twice or too long, and lying counts and sums are refused', async () => {
  const chunks = makeChunks(300);
  const swapped = [
    ...chunks.slice(0, 70),
    ...chunks.slice(71, 72),
    ...chunks.slice(70, 71),
    ...chunks.slice(72),
  ];
  const doubled = [...chunks.slice(0, 100), ...chunks.slice(99)];
  const { count, sizeBytes } = declarationOf(chunks);
  const cases: {
    what: string;
    sent: readonly Chunk[];
    declared?: { count: number; sizeBytes: number };
    says: RegExp;
  }[] = [
    { what: 'swapped', sent: swapped, says: /chunk 71: .* below/ },
    { what: 'reversed', sent: [...chunks].reverse(), says: /below/ },
    { what: 'doubled', sent: doubled, says: /chunk 100: .* twice/ },
    { what: 'fewer', sent: chunks, declared: { count: count + 1, sizeBytes }, says: /300 of/ },
    { what: 'more', sent: chunks, declared: { count: count - 1, sizeBytes }, says: /or more came/ },
    {
      what: 'less',
      sent: chunks,
      declared: { count, sizeBytes: sizeBytes + 1 },
      says: /declare both exactly/,
    },
    { what: 'larger', sent: chunks, declared: { count, sizeBytes: sizeBytes - 1 }, says: /or more came/ },
  ];
  for (const { what, sent, declared = declarationOf(sent), says } of cases) {
    await using open = await openShares();
    await assert.rejects(open.shares.setShares(declared, sourceOf(...batchesOf(sent))), (error) => {
      assert.ok(isProvenderError(error, 'PROVENDER_INVALID'), what);
      assert.match(error.message, says, what);
      return true;
    });
    assertEmpty(open);
  }
});

test('a batch above 64 chunks and a chunk above 4096 bytes in a batch are refused', async () => {
  await using open = await openShares();
  const chunks = makeChunks(65);
  const wide = open.shares.setShares(declarationOf(chunks), sourceOf(chunks.map(({ bytes }) => bytes)));
  await assert.rejects(wide, { code: 'PROVENDER_INVALID' });
  const long = open.shares.setShares({ count: 2, sizeBytes: 5000 }, sourceOf([new Uint8Array(4097)]));
  await assert.rejects(long, { code: 'PROVENDER_INVALID' });
  assertEmpty(open);
});

test('a collection that comes in empty batches too is whole', async () => {
  await using open = await openShares();
  const chunks = makeChunks(2);
  const [a = [], b = []] = batchesOf(chunks, 1);
  const { stat } = await open.shares.setShares(declarationOf(chunks), sourceOf([], a, [], b, []));
  assert.equal(stat.count, 2);
});

test('an unknown id is not found, whatever is asked', async () => {
  await using open = await openShares();
  const code = { code: 'PROVENDER_NOT_FOUND' };
  await assert.rejects(open.shares.getFile(UNKNOWN, {}), code);
  await assert.rejects(open.shares.statFile(UNKNOWN), code);
  await assert.rejects(open.shares.removeFile(UNKNOWN), code);
  await assert.rejects(open.shares.statShare(UNKNOWN), code);
  await assert.rejects(open.shares.removeShare(UNKNOWN), code);
  await assert.rejects(itemsOf(open.shares.readShares({ collection: UNKNOWN, first: 0 })), code);
  const [item] = await open.shares.getShares([UNKNOWN]);
  assert.ok(item !== undefined && 'error' in item && item.error.code === 'PROVENDER_NOT_FOUND');
});

test('an id of another kind is not found', async () => {
  await using open = await openShares();
  const file = await setFile(open.shares, testBytes(10));
  const collection = await setCollection(open.shares, makeChunks(2));
  const code = { code: 'PROVENDER_NOT_FOUND' };
  await assert.rejects(open.shares.statShare(file.stat.id), code);
  await assert.rejects(open.shares.removeShare(file.stat.id), code);
  await assert.rejects(open.shares.getFile(collection.stat.id, {}), code);
  await assert.rejects(open.shares.removeFile(collection.stat.id), code);
  assert.deepEqual([open.shares.usage().files, open.shares.usage().collections], [1, 1]);
});

test('too many ids and a wrong page limit are refused', async () => {
  await using open = await openShares();
  const ids = (count: number): (typeof UNKNOWN)[] => Array.from({ length: count }, () => UNKNOWN);
  await assert.rejects(async () => open.shares.getShares(ids(65)), { code: 'PROVENDER_INVALID' });
  await assert.rejects(itemsOf(open.shares.readShares({ ids: ids(4097) })), { code: 'PROVENDER_INVALID' });
  for (const limit of [0, 1001, 1.5])
    await assert.rejects(open.shares.list({ kind: 1, limit }), { code: 'PROVENDER_INVALID' });
  assert.deepEqual(await open.shares.getShares([]), []);
});

test('a chunk of a collection is removed with it only', async () => {
  await using open = await openShares();
  const chunks = makeChunks(3);
  const { stat } = await setCollection(open.shares, chunks);
  const id = chunks[1]?.id ?? stat.id;
  await assert.rejects(open.shares.removeShare(id), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_INVALID'));
    assert.deepEqual(error.details, { collection: objectIdHex(stat.id), position: 1 });
    return true;
  });
  await open.shares.removeShare(stat.id);
  assertEmpty(open);
});

test('bounds that are too small to work with are refused at open', async () => {
  for (const bounds of [
    { bufferBytes: 1 },
    { readBufferBytes: 1 },
    { segmentBytes: 2 ** 27 },
    { limitBytes: -1 },
    { treeCacheBytes: Number.NaN },
  ])
    await assert.rejects(openShares(bounds), { code: 'PROVENDER_CONFIG' });
});
