import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeStagedRecord, encodeStagedRecord } from '../../src/objects/embedded/staged-record.ts';
import { TAG_LONE, tagName } from '../../src/objects/tag.ts';
import { GOLDEN_FILE, goldenOf, hashed, hex, readGolden, writeGolden } from '../support/golden-records.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { makeChunk, makeFile, preparePaid, stageObject } from '../support/store-objects.ts';
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

for (const { name, open } of EMBEDDED) {
  test(`${name}: records of staged data have their golden bytes, and free data those of before`, async () => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    const store = await open({ directory });
    const operation = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
    await stageObject(store, makeFile('free', 1));
    await stageObject(store, makeFile('begun', 1), { operation });
    const { object, tag } = await preparePaid(store, makeFile('prepared', 1), operation);
    await store.close();
    const { rows } = await readRaw(name, directory);
    const records = rows.filter(({ table }) => table === 'i').map(({ key, value }) => [hex(key), hex(value)]);
    const paid = '02a0a1a2a3a4a5a6a7a8a9aaabacadaeaf';
    assert.deepEqual(records, [
      ['0000000100000001', '01'],
      ['0000000100000002', paid],
      ['0000000100000003', paid + hex(object.head(tag))],
    ]);
  });
}

test('records of staged data are read back, those of version 1 too, and no others', () => {
  const head = makeChunk('golden').head;
  const operation = new Uint8Array(16).fill(7);
  for (const record of [{}, { head }, { operation }, { head, operation }])
    assert.deepEqual(decodeStagedRecord(encodeStagedRecord(record)), record);
  assert.deepEqual(decodeStagedRecord(Uint8Array.of(1)), {});
  assert.deepEqual(decodeStagedRecord(Uint8Array.of(1, ...head)), { head });
  const wrong = [
    Uint8Array.of(),
    Uint8Array.of(0),
    Uint8Array.of(3, ...operation),
    new Uint8Array(16).fill(2),
  ];
  for (const bytes of wrong)
    assert.throws(() => decodeStagedRecord(bytes), { code: 'PROVENDER_CORRUPT' }, hex(bytes));
});

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
