import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeChunk } from '../../support/store-objects.ts';
import { assertSame, readChunk } from '../../support/store-reading.ts';
import { until } from '../../support/until.ts';
import type { StoreHarness } from './harness.ts';

export function loneChunks({ name, open, exactUsage }: StoreHarness): void {
  test(`${name}: a chunk comes back with its head and all its bytes`, async () => {
    await using opened = await open();
    const { store } = opened;
    for (const size of [0, 1, 4095, 4096]) {
      const chunk = makeChunk(`size ${size}`, size);
      const { held, head } = await store.setChunk(chunk);
      assert.equal(held, false);
      assertSame(head, chunk.head, 'head of the answer');
      const found = await readChunk(store, chunk.id);
      assertSame(found?.head, chunk.head, 'head');
      assertSame(found?.block, chunk.block, 'block');
    }
  });

  test(`${name}: a held chunk stays as it is and its head is told`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    await store.setChunk(chunk);
    const before = store.usage();
    const again = await store.setChunk({ ...chunk, block: new Uint8Array(4096) });
    assert.equal(again.held, true);
    assertSame(again.head, chunk.head, 'head');
    assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'block');
    if (exactUsage) assert.deepEqual(store.usage(), before);
  });

  test(`${name}: of many who set one chunk at once one is told that it was not held`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    const results = await Promise.all(Array.from({ length: 20 }, () => store.setChunk(chunk)));
    assert.equal(results.filter(({ held }) => !held).length, 1);
    await until('one chunk is counted', () => store.usage().chunks === 1);
  });

  test(`${name}: chunks are read in the order asked for, with gaps and repeats`, async () => {
    await using opened = await open();
    const { store } = opened;
    const [a, b, c] = [makeChunk('a'), makeChunk('b'), makeChunk('c')];
    await Promise.all([store.setChunk(a), store.setChunk(b)]);
    const found = await store.getChunks([b.id, c.id, a.id, b.id]);
    assert.deepEqual(
      found.map((chunk) => chunk && 'block' in chunk && Buffer.from(chunk.block).toString('hex')),
      [b, undefined, a, b].map((chunk) => chunk && Buffer.from(chunk.block).toString('hex')),
    );
    assert.deepEqual(await store.getChunks([]), []);
  });

  test(`${name}: a chunk is removed only under the head that was seen`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    assert.equal(await store.removeChunk(chunk.id, chunk.head), false);
    await store.setChunk(chunk);
    assert.equal(await store.removeChunk(chunk.id, makeChunk('b').head), false);
    assert.ok(await readChunk(store, chunk.id));
    assert.equal(await store.removeChunk(chunk.id, chunk.head), true);
    assert.equal(await store.removeChunk(chunk.id, chunk.head), false);
    assert.equal(await readChunk(store, chunk.id), undefined);
    assert.equal((await store.setChunk(chunk)).held, false);
    assertSame((await readChunk(store, chunk.id))?.block, chunk.block, 'block');
  });

  test(`${name}: bytes that were passed in may change once the set has been answered`, async () => {
    await using opened = await open();
    const { store } = opened;
    const chunk = makeChunk('a');
    const mine = { id: chunk.id, head: chunk.head.slice(), block: chunk.block.slice() };
    await store.setChunk(mine);
    mine.block.fill(0);
    mine.head.fill(0);
    const found = await readChunk(store, chunk.id);
    assertSame(found?.block, chunk.block, 'block');
    assertSame(found?.head, chunk.head, 'head');
  });
}
