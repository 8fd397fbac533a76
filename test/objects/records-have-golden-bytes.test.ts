import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TAG_LONE, tagName } from '../../src/objects/tag.ts';
import { GOLDEN_FILE, goldenOf, hashed, hex, readGolden, writeGolden } from '../support/golden-records.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { makeChunk } from '../support/store-objects.ts';
import { type RawStore, readRaw } from '../support/store-raw.ts';

/** Writes the objects and reads what lies in the folder. */
async function writeAll(adapter: StoreAdapter): Promise<RawStore> {
  await using scratch = await openScratch();
  const directory = scratch.at('store');
  const store = await adapter.open({ directory });
  await writeGolden(store);
  await store.close();
  return await readRaw(adapter.name, directory); // before the folder goes
}

for (const adapter of EMBEDDED) {
  test(`${adapter.name}: heads, stripes, roots and index rows have their golden bytes`, async () => {
    const golden = goldenOf(await writeAll(adapter), adapter.name);
    if (process.env['PROVENDER_WRITE_VECTORS'] === '1') {
      const source = 'test/objects/records-have-golden-bytes.test.ts with PROVENDER_WRITE_VECTORS=1';
      await writeFile(
        GOLDEN_FILE,
        `${JSON.stringify({ source, layout: 'object-layout.md, sections 3 and 7', golden }, undefined, 2)}\n`,
      );
    }
    assert.deepEqual(golden, await readGolden());
  });
}

test('a head is laid out as the format says', () => {
  const { head } = makeChunk('golden');
  const view = Buffer.from(head);
  assert.equal(view.toString('latin1', 0, 3), 'PVH');
  assert.equal(view[3], 1);
  assert.equal(hex(view.subarray(4, 12)), hex(TAG_LONE));
  const size = view.readUInt16BE(12);
  assert.equal(view.length, 14 + size + 8);
  assert.equal(hex(view.subarray(-8)), hashed(view.subarray(0, -8)).slice(0, 16));
  assert.equal(tagName(TAG_LONE), '00000000.00000000');
});
