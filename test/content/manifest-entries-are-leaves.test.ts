import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestBlockCount, readManifestEntry, writeManifestBlock } from '../../src/content/manifest.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { makeChunks } from '../support/share-content.ts';

const chunks = makeChunks(65);
const list = {
  ids: Buffer.concat(chunks.map(({ id }) => id)),
  lengths: Uint16Array.from(chunks, ({ bytes }) => bytes.length),
};

test('each entry is one leaf and reads back; the rest of the last block is zero', () => {
  assert.deepEqual([1, 64, 65, 2 ** 20].map(manifestBlockCount), [1, 1, 2, 16_384]);
  const block = new Uint8Array(4096).fill(255);
  for (const [i, { id, bytes }] of chunks.entries()) {
    writeManifestBlock(list, Math.floor(i / 64), block);
    const entry = readManifestEntry(block, i % 64);
    assert.deepEqual([objectIdHex(entry.id), entry.length], [objectIdHex(id), bytes.length]);
  }
  assert.ok(block.subarray(64).every((byte) => byte === 0));
});

test('an entry with a wrong length or filling is refused', () => {
  for (const at of [34, 33, 36, 63]) {
    const block = new Uint8Array(4096);
    writeManifestBlock(list, 1, block);
    block[at] = 255;
    assert.throws(() => readManifestEntry(block, 0), { code: 'PROVENDER_CORRUPT' });
  }
});
