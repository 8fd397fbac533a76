import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openParts } from '../../src/objects/embedded/open-parts.ts';
import { openScratch } from '../support/scratch.ts';

const TABLES = { writeBufferSize: 2 ** 20, cacheSize: 2 ** 20, maxFileSize: 2 ** 20 };

test('chunks counted without a batch since the last record stay counted when the database is opened again', async () => {
  await using scratch = await openScratch();
  const parts = await openParts({ directory: scratch.path, folder: 'meta', tables: TABLES });
  try {
    const { ledger } = parts;
    ledger.count({ chunks: 1, chunkBytes: 4371 });
    await ledger.commit({ operations: [], usage: { files: 1, objectBytes: 5000 } });
    ledger.count({ chunks: 2, chunkBytes: 2 * 4371 });
    await ledger.reload();
    const counts = { chunks: 3, chunkBytes: 3 * 4371, files: 1, objectBytes: 5000, collections: 0 };
    assert.deepEqual(ledger.counts, counts);
  } finally {
    await parts.close();
  }
});

test('counts of batches are those of the record when the database is opened again', async () => {
  await using scratch = await openScratch();
  const parts = await openParts({ directory: scratch.path, folder: 'meta', tables: TABLES });
  try {
    const { ledger } = parts;
    await ledger.commit({ operations: [], usage: { chunks: 2, chunkBytes: 2 * 4371 } });
    await ledger.reload();
    assert.deepEqual(ledger.counts, {
      chunks: 2,
      chunkBytes: 2 * 4371,
      files: 0,
      objectBytes: 0,
      collections: 0,
    });
  } finally {
    await parts.close();
  }
});
