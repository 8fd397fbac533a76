import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { STRIPE_BLOCKS, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { objectIdHex } from '../../src/content/object-id.ts';
import { decodeHead } from '../../src/objects/head.ts';
import { tagName } from '../../src/objects/tag.ts';
import type { ShareStat } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { makeSigner, openShares } from '../support/open-shares.ts';
import { openScrubber } from '../support/open-scrubber.ts';
import { openScratch } from '../support/scratch.ts';
import { makeChunks, setCollection, setFile } from '../support/share-content.ts';
import { embeddedAdapter } from '../support/store-adapters.ts';
import { openRaw } from '../support/store-raw.ts';

const CHUNKS = makeChunks(70);

/** A store that was closed, and what it holds. */
interface Closed {
  readonly adapter: string;
  readonly directory: string;
  /** Of two stripes. */
  readonly file: ShareStat & { readonly tag: Uint8Array; readonly name: string };
  readonly collection: ShareStat;
  readonly chunk: ShareStat;
}

/** What a scrub has to say: damage as `kind key block`, and what is missing in the usage. */
interface Expected {
  readonly damage: readonly string[];
  readonly missing?: Readonly<Record<string, number>>;
}

async function finds(adapter: string, harm: (closed: Closed) => Promise<Expected>): Promise<void> {
  await using scratch = await openScratch();
  const directory = scratch.at('objects');
  const { open } = embeddedAdapter(adapter);
  const signer = makeSigner();
  const profiles = { chunks: 1, files: 2 };
  let closed: Closed;
  {
    const store = await open({ directory, reserveBytes: 0 });
    await using held = await openShares({ store, signer, profiles });
    const file = await setFile(held.shares, testBytes(STRIPE_SIZE + 9000));
    const collection = await setCollection(held.shares, CHUNKS);
    const chunk = await held.shares.setShare(testBytes(4096, 7));
    await held.shares.setShare(testBytes(10, 8));
    const head = await store.getHead(file.stat.id);
    assert.ok(head !== undefined);
    const { tag } = decodeHead(head);
    closed = {
      adapter,
      directory,
      file: { ...file.stat, tag, name: tagName(tag) },
      collection: collection.stat,
      chunk: chunk.stat,
    };
  }
  const { damage, missing = {} } = await harm(closed);
  await using held = await openShares({
    store: await open({ directory, reserveBytes: 0 }),
    signer,
    profiles,
  });
  await using scrub = await openScrubber(held);
  const { difference } = await scrub.round();
  const found = scrub.events.damage.map(({ kind, key, block }) => `${kind} ${key} ${block ?? '-'}`);
  assert.deepEqual(found.toSorted(), [...damage].toSorted());
  if (difference !== undefined)
    assert.deepEqual(difference, { storedBytes: 0, chunks: 0, files: 0, collections: 0, ...missing });
  const marks = await held.store.quarantined();
  assert.deepEqual(
    marks.map(({ key }) => key).toSorted(),
    damage.map((line) => line.split(' ')[1] ?? '').toSorted(),
  );
}

/** Changes rows of LevelDB whose table and start of the key are these; `undefined` deletes one. */
async function harmRows(
  { adapter, directory }: Closed,
  { table, key }: { table: string; key: Uint8Array },
  harm: (value: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  await using level = await openRaw(adapter, directory);
  const start = Buffer.concat([Buffer.from(`!${table}!`), key]);
  const rows = (await level.iterator().all()).filter(([raw]) => start.equals(raw.subarray(0, start.length)));
  assert.ok(rows.length > 0, `no row ${table}`);
  for (const [raw, value] of rows) {
    const harmed = harm(value);
    await (harmed === undefined ? level.del(raw) : level.put(raw, harmed));
  }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 4;
  return copy;
}

/** Key of a page of a stripe: tag ‖ u32 stripe ‖ u16 page. */
function pageOf({ tag }: Closed['file'], stripe: number, page: number): Uint8Array {
  const number = Buffer.alloc(6);
  number.writeUInt32BE(stripe);
  number.writeUInt16BE(page, 4);
  return Buffer.concat([tag, number]);
}

test('level: a flipped bit, a lost page, lost roots and a lost chunk are found', async () => {
  await finds('level', async (closed) => {
    await harmRows(closed, { table: 'p', key: pageOf(closed.file, 0, 20) }, (page) => flipped(page, 4096));
    return { damage: [`block ${closed.file.name}/000000 321`] };
  });
  await finds('level', async (closed) => {
    await harmRows(closed, { table: 'p', key: pageOf(closed.file, 0, 20) }, () => undefined);
    return { damage: [`stripe ${closed.file.name}/000000 320`] };
  });
  await finds('level', async (closed) => {
    await harmRows(closed, { table: 'p', key: pageOf(closed.file, 1, 0) }, () => undefined);
    return { damage: [`stripe ${closed.file.name}/000001 ${STRIPE_BLOCKS}`] };
  });
  await finds('level', async (closed) => {
    await harmRows(closed, { table: 'r', key: closed.file.tag }, () => undefined);
    return { damage: [`roots ${closed.file.name}/r -`] };
  });
  await finds('level', async (closed) => {
    await harmRows(closed, { table: 'c', key: closed.chunk.id }, () => undefined);
    return { damage: [`chunk c/${objectIdHex(closed.chunk.id)} 0`] };
  });
});

test('files: a flipped bit, a short file, a lost file and a damaged chunk are found', async () => {
  const at = (closed: Closed, name: string): string => join(closed.directory, 'd', closed.file.name, name);
  const stripes = async (closed: Closed): Promise<string[]> =>
    (await readdir(join(closed.directory, 'd', closed.file.name))).filter((name) => name !== 'r').toSorted();
  await finds('files', async (closed) => {
    const path = at(closed, (await stripes(closed))[1] ?? '');
    await writeFile(path, flipped(await readFile(path), 4097));
    return { damage: [`block ${closed.file.name}/000001 ${STRIPE_BLOCKS + 1}`] };
  });
  await finds('files', async (closed) => {
    const path = at(closed, (await stripes(closed))[0] ?? '');
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    return { damage: [`stripe ${closed.file.name}/000000 1`] };
  });
  await finds('files', async (closed) => {
    await rm(at(closed, (await stripes(closed))[1] ?? ''));
    return { damage: [`stripe ${closed.file.name}/000001 ${STRIPE_BLOCKS}`] };
  });
  await finds('files', async (closed) => {
    await rm(at(closed, 'r'));
    return { damage: [`roots ${closed.file.name}/r -`] };
  });
  await finds('files', async (closed) => {
    const hex = objectIdHex(closed.chunk.id);
    const path = join(closed.directory, 'c', hex.slice(0, 2), hex.slice(2, 4), hex);
    await writeFile(path, flipped(await readFile(path), 3000));
    return { damage: [`chunk c/${hex} 0`] };
  });
});

for (const adapter of ['level', 'files']) {
  test(`${adapter}: a damaged head, a lost head and a lost index row are found`, async () => {
    await finds(adapter, async (closed) => {
      await harmRows(closed, { table: 'h', key: closed.file.id }, (head) => flipped(head, 40));
      return { damage: [`head h/${objectIdHex(closed.file.id)} -`] };
    });
    await finds(adapter, async (closed) => {
      await harmRows(closed, { table: 'h', key: closed.file.id }, () => undefined);
      return { damage: [], missing: { files: -1, storedBytes: -closed.file.storedBytes } };
    });
    await finds(adapter, async (closed) => {
      const [chunk] = CHUNKS;
      assert.ok(chunk !== undefined);
      await harmRows(closed, { table: 'x', key: chunk.id.subarray(0, 16) }, () => undefined);
      return { damage: [`index x/${objectIdHex(chunk.id)} 0`] };
    });
  });
}
