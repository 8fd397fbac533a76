import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, HASH_SIZE, STRIPE_BLOCKS, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { type ObjectId, OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { tagName } from '../../src/objects/tag.ts';
import { replicaId } from '../../src/proof/commitment.ts';
import { decodeReplica } from '../../src/proof/replica.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { BlockHashing } from '../../src/shares/memory/block-hashing.ts';
import { DamageReports } from '../../src/shares/damage-reports.ts';
import { Heads } from '../../src/shares/heads.ts';
import type { HeldObject } from '../../src/shares/held-object.ts';
import type { LayerReader } from '../../src/shares/reading/layer-reader.ts';
import { makeReaders } from '../../src/shares/reading/readers.ts';
import { TreeCache } from '../../src/shares/memory/tree-cache.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import { type WrittenShare, writeChunk, writeCollection, writeFile } from '../support/replica-writer.ts';
import { bytesOf, chunkOf, getFile, itemBytes, itemsOf, makeChunks } from '../support/share-content.ts';

const PROFILES = [1, 2];
const SMALL = testBytes(40 * BLOCK_SIZE - 11);
const LARGE = testBytes(2 * STRIPE_SIZE + 5 * BLOCK_SIZE + 17);

/** Flips a bit of stripe `stripe` of the only share of files or collections. */
function flip(open: OpenShares, stripe: number, at: number): void {
  const bytes = [...open.store.data.values()][0]?.stripes.get(stripe);
  assert.ok(bytes !== undefined && at < bytes.length, 'there is nothing to damage');
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
}

function keyOf({ tag }: WrittenShare, stripe: number | 'r'): string {
  return `${tagName(tag)}/${stripe === 'r' ? 'r' : stripe.toString(16).padStart(6, '0')}`;
}

/** The one expectation of all cases: the code, the key, the block, the mark and the report. */
async function damaged(
  open: OpenShares,
  read: Promise<unknown>,
  expected: { key: string; block?: number },
): Promise<void> {
  await assert.rejects(read, (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_CORRUPT'), String(error));
    assert.deepEqual([error.details['key'], error.details['block']], [expected.key, expected.block]);
    return true;
  });
  const marks = await open.store.quarantined();
  assert.ok(
    marks.some(({ key, block }) => key === expected.key && block === expected.block),
    'no mark',
  );
  assert.deepEqual([open.reports[0]?.key, open.reports[0]?.block], [expected.key, expected.block]);
}

/** Reads as much as there is; what came must be right. @returns bytes that came */
async function soundPart(open: OpenShares, id: ObjectId, content: Uint8Array): Promise<number> {
  let at = 0;
  await assert.rejects(
    async () => {
      for await (const piece of (await open.shares.getFile(id, {})).data) {
        assert.equal(Buffer.compare(piece, content.subarray(at, at + piece.length)), 0);
        at += piece.length;
      }
    },
    { code: 'PROVENDER_CORRUPT' },
  );
  return at;
}

async function openLayers(
  open: OpenShares,
  id: ObjectId,
): Promise<{ layers: LayerReader; object: HeldObject }> {
  const { store } = open;
  const damage = new DamageReports(store, { corrupt: (event) => open.reports.push(event) });
  const heads = new Heads(store, damage);
  const hashing = new BlockHashing(inlineHasher);
  const { layers } = makeReaders({ store, heads, damage, hashing, cache: new TreeCache(2 ** 20) });
  const object = await heads.find(id, OBJECT_KIND.file);
  assert.ok(object !== undefined);
  return { layers, object };
}

/** Content blocks that come out wrong when block `block` of the replica is damaged, by the plain decoder. */
function spoiledBy({ statement, layers }: WrittenShare, profile: number, block: number): ReadonlySet<number> {
  const replica = (layers.at(-1) ?? new Uint8Array()).slice();
  for (let at = block * BLOCK_SIZE; at < (block + 1) * BLOCK_SIZE; at++)
    replica[at] = (replica[at] ?? 0) ^ 0x10;
  const [decoded = replica] = decodeReplica(replica, { replicaId: replicaId(statement), passes: profile });
  const wrong = new Set<number>();
  for (let b = 0; b * BLOCK_SIZE < decoded.length; b++) {
    const [from, to] = [b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE];
    if (Buffer.compare(decoded.subarray(from, to), layers[0]?.subarray(from, to) ?? replica) !== 0)
      wrong.add(b);
  }
  return wrong;
}

for (const profile of PROFILES) {
  test(`a damaged block spoils only what is decoded from it, and is named itself, profile ${profile}`, async () => {
    for (const block of [0, 7, 20, 39]) {
      await using open = await openShares();
      const written = await writeFile({ store: open.store, signer: open.signer, profile }, SMALL);
      for (let at = 0; at < BLOCK_SIZE; at++) flip(open, 0, block * BLOCK_SIZE + at);
      const spoiled = spoiledBy(written, profile, block);
      assert.ok(spoiled.has(block) && spoiled.size < 40);
      for (let b = 0; b < 40; b++) {
        const read = getFile(open.shares, written.id, { offset: b * BLOCK_SIZE, length: 100 });
        if (spoiled.has(b)) await damaged(open, read, { key: keyOf(written, 0), block });
        else
          assert.ok((await read).equals(SMALL.subarray(b * BLOCK_SIZE, b * BLOCK_SIZE + 100)), `block ${b}`);
      }
    }
  });

  test(`a flipped bit anywhere in the blocks is found before its bytes leave, profile ${profile}`, async () => {
    for (const block of [0, 5, STRIPE_BLOCKS - 1, STRIPE_BLOCKS, 2 * STRIPE_BLOCKS + 5]) {
      await using open = await openShares();
      const written = await writeFile({ store: open.store, signer: open.signer, profile }, LARGE);
      const stripe = Math.floor(block / STRIPE_BLOCKS);
      flip(open, stripe, (block % STRIPE_BLOCKS) * BLOCK_SIZE + 1000);
      const expected = { key: keyOf(written, stripe), block };
      await damaged(open, getFile(open.shares, written.id), expected);
      await soundPart(open, written.id, LARGE);
      const offset = block * BLOCK_SIZE + 1;
      await damaged(open, getFile(open.shares, written.id, { offset, length: 1 }), expected);
    }
  });

  test(`a damaged block root is found by who needs it, and named, profile ${profile}`, async () => {
    for (let layer = 0; layer <= profile; layer++) {
      await using open = await openShares();
      const written = await writeFile({ store: open.store, signer: open.signer, profile }, LARGE);
      flip(open, 1, STRIPE_SIZE + (layer * STRIPE_BLOCKS + 700) * HASH_SIZE + 3);
      const { layers, object } = await openLayers(open, written.id);
      const expected = { key: keyOf(written, 1), block: STRIPE_BLOCKS + 700 };
      if (layer > 0) assert.ok((await getFile(open.shares, written.id)).equals(LARGE));
      else await damaged(open, getFile(open.shares, written.id), expected);
      await damaged(open, layers.column(object, 1, layer), expected);
      await damaged(open, layers.blocks(object, layer, [STRIPE_BLOCKS + 3]), expected);
      await layers.blocks(object, layer, [3, 2 * STRIPE_BLOCKS]);
    }
  });

  test(`damaged stripe roots are found by who needs them, profile ${profile}`, async () => {
    for (let layer = 0; layer <= profile; layer++) {
      await using open = await openShares();
      const written = await writeFile({ store: open.store, signer: open.signer, profile }, LARGE);
      const roots = [...open.store.data.values()][0]?.roots;
      assert.ok(roots !== undefined);
      const at = (3 * layer + 1) * HASH_SIZE;
      roots[at] = (roots[at] ?? 0) ^ 1;
      const { layers, object } = await openLayers(open, written.id);
      if (layer > 0) assert.ok((await getFile(open.shares, written.id)).equals(LARGE));
      else await damaged(open, getFile(open.shares, written.id), { key: keyOf(written, 'r') });
      await damaged(open, layers.stripeRoots(object, layer), { key: keyOf(written, 'r') });
      for (let other = 0; other <= profile; other++)
        if (other !== layer) await layers.stripeRoots(object, other);
    }
  });

  test(`a truncated and a missing stripe are found, profile ${profile}`, async () => {
    for (const [stripe, length, block] of [
      [0, 100 * BLOCK_SIZE + 1, 100],
      [1, 0, STRIPE_BLOCKS],
      [0, STRIPE_SIZE + 3 * HASH_SIZE, 3],
      [2, undefined, 2 * STRIPE_BLOCKS],
    ] as const) {
      await using open = await openShares();
      const written = await writeFile({ store: open.store, signer: open.signer, profile }, LARGE);
      const { stripes } = [...open.store.data.values()][0] ?? {};
      if (length === undefined) stripes?.delete(stripe);
      else stripes?.set(stripe, stripes.get(stripe)?.subarray(0, length) ?? new Uint8Array());
      await damaged(open, getFile(open.shares, written.id), { key: keyOf(written, stripe), block });
    }
  });

  test(`a damaged head is found, profile ${profile}`, async () => {
    for (const at of [0, 9, 20, 60, 250, 270]) {
      await using open = await openShares();
      const { id } = await writeFile({ store: open.store, signer: open.signer, profile }, SMALL);
      const head = [...open.store.heads.values()][0];
      assert.ok(head !== undefined);
      head[at] = (head[at] ?? 0) ^ 1;
      await damaged(open, getFile(open.shares, id), { key: `h/${objectIdHex(id)}` });
    }
  });

  test(`a damaged lone chunk is found, in its bytes and in its head, profile ${profile}`, async () => {
    for (const part of ['block', 'head'] as const)
      for (const at of [0, 100, 200]) {
        await using open = await openShares();
        const { id } = await writeChunk({ store: open.store, signer: open.signer, profile }, testBytes(4000));
        const bytes = [...open.store.chunks.values()][0]?.[part];
        assert.ok(bytes !== undefined);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        const read = open.shares.getShares([id]).then(([item]) => itemBytes(item));
        const hex = objectIdHex(id);
        await damaged(open, read, part === 'head' ? { key: `h/${hex}` } : { key: `c/${hex}`, block: 0 });
      }
  });

  test(`a damaged block of a collection spoils the chunks that are decoded from it, profile ${profile}`, async () => {
    await using open = await openShares();
    const chunks = makeChunks(39);
    const written = await writeCollection({ store: open.store, signer: open.signer, profile }, chunks);
    const block = 9;
    for (let at = 0; at < BLOCK_SIZE; at++) flip(open, 0, block * BLOCK_SIZE + at);
    const spoiled = spoiledBy(written, profile, block);
    const items = await open.shares.getShares(chunks.map(({ id }) => id));
    for (const [i, item] of items.entries()) {
      if ('bytes' in item) assert.deepEqual(Buffer.from(item.bytes), Buffer.from(chunks[i]?.bytes ?? []));
      else await damaged(open, Promise.reject(item.error), { key: keyOf(written, 0), block });
      assert.equal('error' in item, spoiled.has(i), `chunk ${i}`);
    }
    const range = open.shares.readShares({ collection: written.id, first: 0 });
    await damaged(open, itemsOf(range), { key: keyOf(written, 0), block });
  });

  test(`chunks of a collection are given though a stripe of it is missing, profile ${profile}`, async () => {
    await using open = await openShares();
    const chunks = makeChunks(1100);
    const written = await writeCollection({ store: open.store, signer: open.signer, profile }, chunks);
    [...open.store.data.values()][0]?.stripes.delete(profile === 1 ? 1 : 0);
    const asked =
      profile === 1 ? [...chunks.slice(0, 30), ...chunks.slice(1060, 1090)] : chunks.slice(1060, 1090);
    const items = await open.shares.getShares(asked.map(({ id }) => id));
    for (const [i, item] of items.entries()) {
      if ('bytes' in item) assert.deepEqual(Buffer.from(item.bytes), Buffer.from(asked[i]?.bytes ?? []));
      else assert.equal(item.error.details['key'], keyOf(written, profile === 1 ? 1 : 0));
    }
    const given = items.filter((item) => 'bytes' in item).length;
    assert.equal(given, profile === 1 ? 30 : 0); // every block of the second pass leads to lower ones
  });
}

test('chunk lengths of a stripe that are damaged change nothing: the manifest says how long chunks are', async () => {
  for (const profile of [0, ...PROFILES]) {
    await using open = await openShares();
    const chunks = makeChunks(39);
    const written = await writeCollection({ store: open.store, signer: open.signer, profile }, chunks);
    const total = [...open.store.data.values()][0]?.stripes.get(0)?.length ?? 0;
    for (let at = total - 80; at < total; at++) flip(open, 0, at);
    const byRange = await itemsOf(open.shares.readShares({ collection: written.id, first: 0 }));
    const byId = await open.shares.getShares(chunks.map(({ id }) => id));
    for (const items of [byRange, byId])
      for (const [i, { bytes }] of chunks.entries())
        assert.deepEqual(Buffer.from(itemBytes(items[i])), Buffer.from(bytes));
  }
});

test('a file whose replica is another one, but signed, is not served', async () => {
  await using open = await openShares();
  const written = await writeFile({ store: open.store, signer: open.signer, profile: 1 }, SMALL);
  // the replica and its roots fit each other, but it was encoded for another storer
  await using other = await openShares();
  const foreign = await writeFile({ store: other.store, signer: other.signer, profile: 1 }, SMALL);
  const bytes = [...open.store.data.values()][0]?.stripes.get(0);
  bytes?.set(foreign.layers[1] ?? new Uint8Array());
  await damaged(open, getFile(open.shares, written.id), { key: keyOf(written, 0), block: 0 });
});

test('filling that is not zero is found though the tree covers it', async () => {
  for (const profile of PROFILES) {
    await using open = await openShares();
    // the same bytes, of which the head says that fewer are content
    const full = testBytes(3 * BLOCK_SIZE);
    const writer = { store: open.store, signer: open.signer, profile };
    const written = await writeFile(writer, full, 2 * BLOCK_SIZE + 50);
    await damaged(open, getFile(open.shares, written.id), { key: keyOf(written, 0), block: 2 });
    const reading = await open.shares.getFile(written.id, { length: 2 * BLOCK_SIZE });
    assert.ok((await bytesOf(reading)).equals(full.subarray(0, 2 * BLOCK_SIZE)));
    const chunk = await writeChunk(writer, chunkOf(testBytes(4096)).bytes, 60);
    const [item] = await open.shares.getShares([chunk.id]);
    assert.ok(item !== undefined && 'error' in item && item.error.code === 'PROVENDER_CORRUPT');
  }
});
