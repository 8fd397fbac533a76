import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, STRIPE_BLOCKS, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { type OpenShares, openShares } from '../support/open-shares.ts';
import { getFile, itemsOf, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const SIZE = 2 * STRIPE_SIZE + 5 * BLOCK_SIZE + 17;
const CONTENT = testBytes(SIZE);

function flip(bytes: Uint8Array | undefined, at: number): void {
  assert.ok(bytes !== undefined && at < bytes.length, 'there is nothing to damage');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

/** The only staged or published data of the store. */
function onlyData(open: OpenShares): { name: string; stripes: Map<number, Uint8Array>; roots?: Uint8Array } {
  const [entry] = open.store.data;
  assert.ok(entry !== undefined && open.store.data.size === 1);
  return { name: entry[0], ...entry[1] };
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
  const [mark] = await open.store.quarantined();
  assert.deepEqual([mark?.key, mark?.block], [expected.key, expected.block]);
  assert.deepEqual([open.reports[0]?.key, open.reports[0]?.block], [expected.key, expected.block]);
}

async function firstItem(open: OpenShares, id: ObjectId): Promise<void> {
  const [item] = await open.shares.getShares([id]);
  if (item !== undefined && 'error' in item) throw item.error;
}

test('a damaged block of a file is found, and nothing of it leaves', async () => {
  for (const block of [0, 5, STRIPE_BLOCKS - 1, STRIPE_BLOCKS, 2 * STRIPE_BLOCKS + 5]) {
    await using open = await openShares();
    const { stat } = await setFile(open.shares, CONTENT);
    const data = onlyData(open);
    const stripe = Math.floor(block / STRIPE_BLOCKS);
    flip(data.stripes.get(stripe), (block % STRIPE_BLOCKS) * BLOCK_SIZE + 1);
    const range = { offset: block * BLOCK_SIZE, length: 1 };
    await damaged(open, getFile(open.shares, stat.id, range), { key: `${data.name}/00000${stripe}`, block });
    const received: Uint8Array[] = [];
    await assert.rejects(async () => {
      for await (const piece of (await open.shares.getFile(stat.id, {})).data)
        received.push(Buffer.from(piece));
    });
    const whole = Buffer.concat(received);
    assert.ok(whole.length <= block * BLOCK_SIZE && whole.equals(CONTENT.subarray(0, whole.length)));
  }
});

test('reading a damaged block again does not mark it again', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(10));
  flip(onlyData(open).stripes.get(0), 0);
  await assert.rejects(getFile(open.shares, stat.id), { code: 'PROVENDER_CORRUPT' });
  open.store.marks.clear();
  await assert.rejects(getFile(open.shares, stat.id), { code: 'PROVENDER_CORRUPT' });
  assert.equal(open.store.marks.size, 0);
});

test('a damaged block root is found', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const data = onlyData(open);
  flip(data.stripes.get(1), STRIPE_SIZE + 700 * 32);
  const read = getFile(open.shares, stat.id, { offset: STRIPE_SIZE, length: 1 });
  await damaged(open, read, { key: `${data.name}/000001`, block: STRIPE_BLOCKS + 700 });
});

test('a truncated stripe is found, within its blocks and within its roots', async () => {
  for (const [length, block] of [
    [100 * BLOCK_SIZE + 1, 100],
    [0, 0],
    [STRIPE_SIZE + 3 * 32, 3],
  ] as const) {
    await using open = await openShares();
    const { stat } = await setFile(open.shares, CONTENT);
    const data = onlyData(open);
    data.stripes.set(0, data.stripes.get(0)?.subarray(0, length) ?? new Uint8Array());
    await damaged(open, getFile(open.shares, stat.id), { key: `${data.name}/000000`, block });
  }
});

test('a missing stripe of an object that stands is found', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const data = onlyData(open);
  data.stripes.delete(2);
  const read = getFile(open.shares, stat.id, { offset: 2 * STRIPE_SIZE });
  await damaged(open, read, { key: `${data.name}/000002`, block: 2 * STRIPE_BLOCKS });
});

test('damaged, truncated and missing stripe roots are found', async () => {
  for (const damage of ['flip', 'cut', 'drop'] as const) {
    await using open = await openShares();
    const { stat } = await setFile(open.shares, CONTENT);
    const staged = [...open.store.data.values()][0];
    assert.ok(staged?.roots !== undefined);
    if (damage === 'flip') flip(staged.roots, 40);
    else if (damage === 'cut') staged.roots = staged.roots.subarray(0, 64);
    else delete staged.roots;
    await damaged(open, getFile(open.shares, stat.id), { key: `${onlyData(open).name}/r` });
  }
});

test('a damaged head is found, and hides no other object of the list', async () => {
  for (const at of [0, 3, 9, 20, 60, 270]) {
    await using open = await openShares();
    const { stat } = await setFile(open.shares, testBytes(100));
    flip([...open.store.heads.values()][0], at);
    await damaged(open, getFile(open.shares, stat.id), { key: `h/${objectIdHex(stat.id)}` });
    await assert.rejects(open.shares.statFile(stat.id), { code: 'PROVENDER_CORRUPT' });
    const other = await setFile(open.shares, testBytes(101));
    const { shares: list } = await open.shares.list({ kind: 2, limit: 10 });
    assert.deepEqual(
      list.map(({ id }) => objectIdHex(id)),
      [objectIdHex(other.stat.id)],
    );
  }
});

test('the head of another object is no head of this one', async () => {
  await using open = await openShares();
  const a = await setFile(open.shares, testBytes(100, 1));
  const b = await setFile(open.shares, testBytes(100, 2));
  const [keyA, keyB] = [...open.store.heads.keys()];
  open.store.heads.set(keyA ?? '', open.store.heads.get(keyB ?? '') ?? new Uint8Array());
  await damaged(open, getFile(open.shares, a.stat.id), { key: `h/${objectIdHex(a.stat.id)}` });
  assert.equal((await getFile(open.shares, b.stat.id)).length, 100);
});

test('filling that is not zero is found', async () => {
  await using open = await openShares();
  const { stat } = await open.shares.setShare(testBytes(100));
  flip([...open.store.chunks.values()][0]?.block, 4000);
  await damaged(open, firstItem(open, stat.id), { key: `c/${objectIdHex(stat.id)}`, block: 0 });
});

test('a damaged lone chunk is found, in its bytes, its length and its head, and can be removed', async () => {
  for (const damage of ['byte', 'short', 'head'] as const) {
    await using open = await openShares();
    const { stat } = await open.shares.setShare(testBytes(4096));
    const [key, chunk] = [...open.store.chunks][0] ?? [];
    assert.ok(key !== undefined && chunk !== undefined);
    if (damage === 'byte') flip(chunk.block, 77);
    else if (damage === 'head') flip(chunk.head, 100);
    else open.store.chunks.set(key, { ...chunk, block: chunk.block.subarray(0, 4000) });
    const hex = objectIdHex(stat.id);
    const expected = damage === 'head' ? { key: `h/${hex}` } : { key: `c/${hex}`, block: 0 };
    await damaged(open, firstItem(open, stat.id), expected);
    await open.shares.removeShare(stat.id);
    assert.equal(open.shares.usage().chunks, 0);
  }
});

test('a chunk that is damaged alone is given from a collection that holds it', async () => {
  await using open = await openShares();
  const chunks = makeChunks(3);
  await setCollection(open.shares, chunks);
  const [chunk] = chunks;
  assert.ok(chunk !== undefined);
  await open.shares.setShare(chunk.bytes);
  flip([...open.store.chunks.values()][0]?.block, 0);
  await firstItem(open, chunk.id);
  assert.equal(open.reports.length, 1);
});

test('a damaged block of a collection spoils its own chunk only', async () => {
  await using open = await openShares();
  const chunks = makeChunks(70);
  const { stat } = await setCollection(open.shares, chunks);
  const data = onlyData(open);
  flip(data.stripes.get(0), 7 * BLOCK_SIZE);
  const ids = chunks.slice(0, 64).map(({ id }) => id);
  const items = await open.shares.getShares(ids);
  assert.deepEqual(
    items.flatMap((item, i) => ('error' in item ? [i, item.error.code] : [])),
    [7, 'PROVENDER_CORRUPT'],
  );
  await damaged(open, firstItem(open, chunks[7]?.id ?? stat.id), { key: `${data.name}/000000`, block: 7 });
  await assert.rejects(itemsOf(open.shares.readShares({ collection: stat.id, first: 0 })), {
    code: 'PROVENDER_CORRUPT',
  });
});

test('a damaged manifest is found', async () => {
  await using open = await openShares();
  const chunks = makeChunks(3);
  const { stat } = await setCollection(open.shares, chunks);
  const data = onlyData(open);
  flip(data.stripes.get(0), 3 * BLOCK_SIZE);
  const read = itemsOf(open.shares.readShares({ collection: stat.id, first: 0 }));
  await damaged(open, read, { key: `${data.name}/000000`, block: 3 });
});

test('an index row with a wrong position or length is found, and the chunk is still in its collection', async () => {
  for (const wrong of [
    { position: 1 },
    { position: 3 },
    { position: 5000 },
    { length: 5 },
    { length: 60_000 },
  ]) {
    await using open = await openShares();
    const chunks = makeChunks(3);
    const { stat } = await setCollection(open.shares, chunks);
    const [chunk] = chunks;
    const [key] = [...open.store.index.keys()].filter((k) =>
      Buffer.from(k, 'latin1').equals(chunk?.id ?? stat.id),
    );
    const rows = open.store.index.get(key ?? '') ?? [];
    const [row] = rows;
    assert.ok(row !== undefined && chunk !== undefined);
    rows[0] = { tag: row.tag, row: { ...row.row, ...wrong } };
    const block = 'position' in wrong ? wrong.position : 0;
    await damaged(open, firstItem(open, chunk.id), { key: `x/${objectIdHex(chunk.id)}`, block });
    await assert.rejects(open.shares.statShare(chunk.id), { code: 'PROVENDER_CORRUPT' });
    assert.equal((await itemsOf(open.shares.readShares({ collection: stat.id, first: 0 }))).length, 3);
  }
});

test('damage is told also when the store takes no marks', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(10));
  flip(onlyData(open).stripes.get(0), 0);
  open.store.healthNow = { writable: false, reason: 'the disk is full' };
  await assert.rejects(getFile(open.shares, stat.id), /not marked in quarantine: the disk is full/);
  assert.equal(open.reports.length, 1);
});
