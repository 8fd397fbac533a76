import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { blockRoots, chunkIds, foldRoots } from '../../src/proof/kernels.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { cut, hex, testBytes } from './reference-tree.ts';

const invalid = (error: unknown): boolean => isProvenderError(error, 'PROVENDER_INVALID');

test('lengths that do not fit are refused before anything is written', () => {
  const out = new Uint8Array(32);
  assert.throws(() => blockRoots(new Uint8Array(0), new Uint8Array(0)), invalid);
  for (const length of [0, 31, 33, 64])
    assert.throws(() => blockRoots(new Uint8Array(4096), new Uint8Array(length)), invalid);
  assert.throws(() => blockRoots(new Uint8Array(4097), out), invalid);
  for (const length of [0, 31, 33]) assert.throws(() => foldRoots(new Uint8Array(length)), invalid);
  assert.throws(() => chunkIds(new Uint8Array(32), new Uint16Array(2), out), invalid);
  assert.throws(() => chunkIds(new Uint8Array(32), new Uint16Array(1), new Uint8Array(64)), invalid);
  assert.deepEqual(out, new Uint8Array(32));
});

test('a chunk above 4096 bytes is named with its length and the limit', () => {
  const call = () => chunkIds(new Uint8Array(64), Uint16Array.of(4096, 4097), new Uint8Array(64));
  assert.throws(call, (error) => invalid(error) && /chunk 1: 4097 bytes, limit 4096/.test(String(error)));
});

test('chunk ids are object ids of kind 1', () => {
  const roots = testBytes(100 * 32, 8);
  const lengths = Uint16Array.from({ length: 100 }, (_, i) => (i * 613) % 4097);
  const out = new Uint8Array(100 * 32);
  chunkIds(roots, lengths, out);
  const expected = cut(roots, 32).map((dataRoot, i) =>
    hex(objectId({ kind: OBJECT_KIND.chunk, sizeBytes: lengths[i] ?? 0, count: 1, dataRoot })),
  );
  assert.deepEqual(cut(out, 32).map(hex), expected);
  chunkIds(new Uint8Array(0), new Uint16Array(0), new Uint8Array(0));
});

test('the inline hasher gives the block roots, and rejects as the kernel throws', async () => {
  const data = testBytes(9000, 9);
  const [inline, direct] = [new Uint8Array(96), new Uint8Array(96)];
  await inlineHasher.blockRoots(data, inline);
  blockRoots(data, direct);
  assert.deepEqual(inline, direct);
  await assert.rejects(inlineHasher.blockRoots(data, new Uint8Array(32)), invalid);
});
