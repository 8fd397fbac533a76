import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockRange } from '../../src/content/block-range.ts';
import { ERROR_CODES, isErrorCode } from '../../src/content/error-codes.ts';
import {
  blockCount,
  blocksInStripe,
  byteCount,
  collectionSize,
  stripeCount,
} from '../../src/content/geometry.ts';
import {
  checkObjectFacts,
  compareBytes,
  objectId,
  objectIdHex,
  parseObjectId,
  parseObjectKind,
} from '../../src/content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import { referenceDataRoot, testBytes } from '../proof/reference-tree.ts';
import { referenceId } from '../support/share-content.ts';

test('an object id is the hash of its definition', () => {
  const dataRoot = referenceDataRoot(testBytes(10));
  for (const [kind, sizeBytes, count] of [
    [1, 10, 1],
    [2, 2 ** 36, 1],
    [3, collectionSize(5), 5],
  ] as const)
    assert.equal(
      objectIdHex(objectId({ kind, sizeBytes, count, dataRoot })),
      objectIdHex(referenceId(kind, sizeBytes, count, dataRoot)),
    );
});

test('ids are taken as 32 bytes or 64 hex digits and as nothing else', () => {
  const hex = 'aB'.repeat(32);
  assert.equal(objectIdHex(parseObjectId(hex)), hex.toLowerCase());
  for (const wrong of ['', 'ab', `${hex}0`, `g${hex.slice(1)}`, `0x${hex.slice(2)}`, ` ${hex}`])
    assert.throws(() => parseObjectId(wrong), { code: 'PROVENDER_INVALID' });
  for (const length of [0, 31, 33])
    assert.throws(() => parseObjectId(new Uint8Array(length)), { code: 'PROVENDER_INVALID' });
});

test('kind, size and count that do not fit each other are refused', () => {
  checkObjectFacts({ kind: 1, sizeBytes: 4096, count: 1 });
  checkObjectFacts({ kind: 2, sizeBytes: 0, count: 1 });
  checkObjectFacts({ kind: 3, sizeBytes: collectionSize(65), count: 65 });
  for (const [kind, sizeBytes, count] of [
    [1, 4097, 1],
    [1, 1, 2],
    [2, 1, 0],
    [2, 2 ** 36 + 1, 1],
    [2, -1, 1],
    [3, 8192, 2],
    [3, 0, 0],
    [3, collectionSize(2 ** 20 + 1), 2 ** 20 + 1],
  ] as const)
    assert.throws(() => checkObjectFacts({ kind, sizeBytes, count }), { code: 'PROVENDER_INVALID' });
  for (const kind of [0, 4, 1.5]) assert.throws(() => parseObjectKind(kind), { code: 'PROVENDER_INVALID' });
  assert.throws(() => byteCount(2n ** 36n + 1n, 'file'), { code: 'PROVENDER_INVALID' });
  assert.equal(byteCount(2n ** 36n, 'file'), 2 ** 36);
});

test('blocks and stripes of edge sizes are those of the specification', () => {
  const cases = [
    [0, 1, 1],
    [1, 1, 1],
    [4096, 1, 1],
    [4097, 2, 1],
    [131_072, 32, 1],
    [131_073, 33, 1],
    [2 ** 27 - 1, 32_768, 32],
    [2 ** 27 + 1, 32_769, 33],
  ];
  for (const [size = 0, blocks, stripes] of cases) {
    assert.equal(blockCount(size), blocks);
    assert.equal(stripeCount(blockCount(size)), stripes);
  }
  assert.deepEqual([blocksInStripe(1025, 0), blocksInStripe(1025, 1)], [1024, 1]);
});

test('a range gives the blocks that hold it, and nothing outside the object', () => {
  assert.deepEqual(blockRange({ size: 10_000, offset: 4095, length: 2 }), { first: 0, end: 2 });
  assert.deepEqual(blockRange({ size: 10_000, offset: 10_000, length: 0 }), { first: 2, end: 2 });
  for (const [offset, length] of [
    [0, 10_001],
    [10_001, 0],
    [-1, 1],
    [0.5, 1],
    [0, Number.NaN],
  ] as const)
    assert.throws(() => blockRange({ size: 10_000, offset, length }), { code: 'PROVENDER_RANGE' });
});

test('bytes are compared in order', () => {
  const of = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
  assert.ok(compareBytes(of(1, 2), of(1, 3)) < 0 && compareBytes(of(255), of(1)) > 0);
  assert.ok(compareBytes(of(1), of(1, 0)) < 0 && compareBytes(of(), of()) === 0);
});

test('every code has its facts, and errors tell whether they can be repeated', () => {
  for (const [code, { cure }] of Object.entries(ERROR_CODES))
    assert.ok(isErrorCode(code) && cure.endsWith('.'));
  assert.equal(isErrorCode('toString'), false);
  const busy = new ProvenderError('PROVENDER_BUSY', 'later', { cause: 1 });
  assert.deepEqual(
    [
      busy.retryable,
      busy.cause,
      isProvenderError(busy, 'PROVENDER_BUSY'),
      isProvenderError(busy, 'PROVENDER_INVALID'),
    ],
    [true, 1, true, false],
  );
  assert.equal(isProvenderError(new Error('x')), false);
});
