import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRIPE_SIZE } from '../../src/content/geometry.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { OBJECT_KIND, type ObjectId } from '../../src/content/object-id.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { BlockHashing } from '../../src/shares/memory/block-hashing.ts';
import { DamageReports } from '../../src/shares/damage-reports.ts';
import { Heads } from '../../src/shares/heads.ts';
import type { HeldObject } from '../../src/shares/held-object.ts';
import type { LayerReader } from '../../src/shares/reading/layer-reader.ts';
import { makeReaders } from '../../src/shares/reading/readers.ts';
import { TreeCache } from '../../src/shares/memory/tree-cache.ts';
import { referenceRoot, cut, testBytes } from '../proof/reference-tree.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { makeSigner } from '../support/open-shares.ts';
import { writeFile } from '../support/replica-writer.ts';

/** Counts what is read of the store. */
class Counting extends MemoryObjectStore {
  readBytes = 0;
  override async readStripe(
    ...args: Parameters<MemoryObjectStore['readStripe']>
  ): ReturnType<MemoryObjectStore['readStripe']> {
    this.readBytes += args[2].reduce((sum, { length }) => sum + length, 0);
    return super.readStripe(...args);
  }
  override async readRoots(
    ...args: Parameters<MemoryObjectStore['readRoots']>
  ): ReturnType<MemoryObjectStore['readRoots']> {
    const roots = await super.readRoots(...args);
    this.readBytes += roots?.length ?? 0;
    return roots;
  }
}

async function openLayers(
  store: ObjectStore,
  id: ObjectId,
): Promise<{ layers: LayerReader; object: HeldObject }> {
  const damage = new DamageReports(store, undefined);
  const heads = new Heads(store, damage);
  const hashing = new BlockHashing(inlineHasher);
  const { layers } = makeReaders({ store, heads, damage, hashing, cache: new TreeCache(2 ** 20) });
  const object = await heads.find(id, OBJECT_KIND.file);
  assert.ok(object !== undefined);
  return { layers, object };
}

for (const profile of [0, 1, 2]) {
  test(`every block of every layer is that of the plain encoder, profile ${profile}`, async () => {
    for (const blocks of [1, 2, 3, 33, 70]) {
      const store = new Counting();
      const written = await writeFile({ store, signer: makeSigner(), profile }, testBytes(4096 * blocks - 7));
      const { layers, object } = await openLayers(store, written.id);
      const numbers = Array.from({ length: blocks }, (_, i) => i);
      for (const [layer, bytes] of written.layers.entries()) {
        const found = await layers.blocks(object, layer, numbers);
        for (const block of numbers)
          assert.deepEqual(
            Buffer.from(found.get(block) ?? []),
            Buffer.from(bytes.subarray(4096 * block, 4096 * (block + 1))),
          );
        const column = await layers.column(object, 0, layer);
        const roots = numbers.map((i) => referenceRoot(cut(bytes.subarray(4096 * i, 4096 * (i + 1)), 64)));
        assert.deepEqual(Buffer.from(column), Buffer.concat(roots));
        assert.deepEqual(
          Buffer.from(await layers.stripeRoots(object, layer)),
          Buffer.from(referenceRoot(cut(bytes, 64))),
        );
      }
    }
  });

  test(`blocks of several stripes come with one question, profile ${profile}`, async () => {
    const store = new Counting();
    const size = 2 * STRIPE_SIZE + 50_000;
    const written = await writeFile({ store, signer: makeSigner(), profile }, testBytes(size));
    const { layers, object } = await openLayers(store, written.id);
    const numbers = [
      2060,
      0,
      1023,
      1024,
      1025,
      2047,
      5,
      5,
      2048,
      ...Array.from({ length: 80 }, (_, i) => 300 + i),
    ];
    for (const [layer, bytes] of written.layers.entries()) {
      const found = await layers.blocks(object, layer, numbers);
      assert.equal(found.size, new Set(numbers).size);
      for (const block of numbers)
        assert.equal(
          Buffer.compare(
            found.get(block) ?? new Uint8Array(),
            bytes.subarray(4096 * block, 4096 * (block + 1)),
          ),
          0,
        );
    }
  });

  test(`the path of one leaf of the replica takes less than 64 KiB of reads, profile ${profile}`, async () => {
    const store = new Counting();
    const written = await writeFile({ store, signer: makeSigner(), profile }, testBytes(3 * STRIPE_SIZE));
    const { layers, object } = await openLayers(store, written.id);
    store.readBytes = 0;
    await layers.blocks(object, profile, [1500]);
    await layers.stripeRoots(object, profile);
    await layers.column(object, 1, profile);
    assert.ok(store.readBytes < 40_000, `${store.readBytes} bytes`);
  });
}

test('a question for too many blocks is refused', async () => {
  const store = new Counting();
  const written = await writeFile({ store, signer: makeSigner(), profile: 1 }, testBytes(10));
  const { layers, object } = await openLayers(store, written.id);
  const numbers = new Array<number>(8193).fill(0);
  await assert.rejects(layers.blocks(object, 0, numbers), { code: 'PROVENDER_INVALID' });
});
