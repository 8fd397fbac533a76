import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Extent } from '../../../src/objects/object-store.ts';
import { makeTag } from '../../../src/objects/tag.ts';
import { makeFile, stageObject, storeObject } from '../../support/store-objects.ts';
import { assertSame, assertWhole } from '../../support/store-reading.ts';
import type { StoreHarness } from './harness.ts';

const BLOCK = 4096;

/** Memory to lend for a read, with other bytes in it. */
function memoryFor(extents: readonly Extent[]): Uint8Array {
  const bytes = extents.reduce((sum, { length }) => sum + length, 0);
  return new Uint8Array(new SharedArrayBuffer(bytes)).fill(0xee);
}

export function reading({ name, open }: StoreHarness): void {
  for (const blocks of [1, 2, 1023, 1024, 1025]) {
    test(`${name}: an object of ${blocks} blocks comes back byte for byte`, async () => {
      await using opened = await open();
      const { store } = opened;
      const object = makeFile('a', blocks * BLOCK - 1);
      await storeObject(store, object);
      await assertWhole(store, object);
    });
  }

  test(`${name}: runs of a stripe are read in the order asked for, over any boundary`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 1024 * BLOCK);
    const [stripe] = object.stripes;
    assert.ok(stripe);
    const tag = await stageObject(store, object);
    const extents = [
      { offset: 4_194_304, length: 32 * 1024 },
      { offset: 0, length: 1 },
      { offset: 65_535, length: 2 },
      { offset: 65_536, length: 65_536 },
      { offset: 12_288, length: 0 },
      { offset: 100_000, length: 3_000_001 },
      { offset: stripe.length - 1, length: 1 },
    ];
    for (const memory of [undefined, memoryFor(extents)]) {
      const parts = await store.readStripe(tag, 0, extents, memory);
      extents.forEach(({ offset, length }, i) => {
        assertSame(parts?.[i], stripe.subarray(offset, offset + length), `run ${i}`);
      });
    }
    assert.deepEqual(await store.readStripe(tag, 0, []), []);
  });

  test(`${name}: a short stripe gives fewer bytes`, async () => {
    await using opened = await open();
    const { store } = opened;
    const object = makeFile('a', 40 * BLOCK);
    const [stripe] = object.stripes;
    assert.ok(stripe);
    const tag = await store.stage();
    const short = stripe.subarray(0, 100_000);
    await store.writeStripe(tag, 0, short);
    const extents = [
      { offset: 99_000, length: 2000 },
      { offset: 0, length: 4096 },
      { offset: 150_000, length: 10 },
      { offset: 0, length: 5_000_000 },
    ];
    for (const memory of [undefined, memoryFor(extents)]) {
      const parts = await store.readStripe(tag, 0, extents, memory);
      extents.forEach(({ offset, length }, i) =>
        assertSame(parts?.[i], short.subarray(offset, offset + length), `run ${i}`),
      );
    }
  });

  test(`${name}: a missing stripe is told from an empty run`, async () => {
    await using opened = await open();
    const { store } = opened;
    const tag = await stageObject(store, makeFile('a', 1));
    const run = [{ offset: 0, length: 1 }];
    assert.equal(await store.readStripe(tag, 1, run), undefined);
    assert.equal(await store.readStripe(makeTag(5, 5), 0, run), undefined);
    assert.equal(await store.readStripe(makeTag(5, 5), 0, []), undefined);
    assert.equal(await store.readRoots(tag), undefined);
  });
}
