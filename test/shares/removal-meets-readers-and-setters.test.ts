import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import { bytesOf, getFile, itemsOf, makeChunks, setCollection, setFile } from '../support/share-content.ts';

const CONTENT = testBytes(13_000_000);

test('a file that is removed while it is read ends in a conflict', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const reading = await open.shares.getFile(stat.id, {});
  await open.shares.removeFile(stat.id);
  await assert.rejects(bytesOf(reading), { code: 'PROVENDER_CONFLICT' });
  assert.deepEqual([open.reports, await open.store.quarantined()], [[], []]);
});

test('a file that is removed between its head and its first stripe is not found', async () => {
  class Removing extends MemoryObjectStore {
    override async getHead(id: ObjectId): Promise<Uint8Array | undefined> {
      const head = await super.getHead(id);
      if (head !== undefined) await this.remove(id, head);
      return head;
    }
  }
  await using open = await openShares({ store: new Removing() });
  const { stat } = await setFile(open.shares, CONTENT);
  await assert.rejects(open.shares.getFile(stat.id, {}), { code: 'PROVENDER_NOT_FOUND' });
  const chunks = makeChunks(3);
  const { stat: collection } = await setCollection(open.shares, chunks);
  const [item] = await open.shares.getShares([chunks[0]?.id ?? collection.id]);
  assert.ok(item !== undefined && 'error' in item && item.error.code === 'PROVENDER_NOT_FOUND');
  assert.deepEqual(open.reports, []);
});

test('a file that is removed and set again while it is read ends in a conflict, never in a mixture', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, CONTENT);
  const reading = await open.shares.getFile(stat.id, {});
  await open.shares.removeFile(stat.id);
  await setFile(open.shares, CONTENT);
  await assert.rejects(bytesOf(reading), { code: 'PROVENDER_CONFLICT' });
  assert.ok((await getFile(open.shares, stat.id)).equals(CONTENT));
});

test('a collection that is removed while a range of it is read ends in a conflict', async () => {
  await using open = await openShares();
  const { stat } = await setCollection(open.shares, makeChunks(2500));
  const reading = open.shares.readShares({ collection: stat.id, first: 0 });
  await assert.rejects(
    async () => {
      for await (const batch of reading)
        if (batch.length > 0) await open.shares.removeShare(stat.id).catch(() => undefined);
    },
    { code: 'PROVENDER_CONFLICT' },
  );
});

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`concurrent sets of one object all succeed and one is held, on ${name}`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    const content = testBytes(5_000_000);
    const chunks = makeChunks(100);
    const [files, collections, lone] = await Promise.all([
      Promise.all([1, 2, 3, 4].map(() => setFile(open.shares, content))),
      Promise.all([1, 2, 3].map(() => setCollection(open.shares, chunks))),
      Promise.all([1, 2, 3].map(() => open.shares.setShare(testBytes(99)))),
    ]);
    for (const outcomes of [files, collections, lone]) {
      assert.equal(outcomes.filter(({ held }) => !held).length, 1);
      const commitments = outcomes.map(({ stat }) => Buffer.from(stat.commitment).toString('hex'));
      assert.equal(new Set(commitments).size, 1, 'all get the Commitment that stands');
    }
    const { files: f, collections: c, chunks: l, reservedBytes } = open.shares.usage();
    assert.deepEqual([f, c, l, reservedBytes], [1, 1, 1, 0]);
    if (open.store instanceof MemoryObjectStore) assert.equal(open.store.data.size, 2);
    const id = files[0]?.stat.id;
    assert.ok(id !== undefined && (await getFile(open.shares, id)).equals(content));
  });

  test(`setters, removers and readers of one id meet and nobody sees a mixture, on ${name}`, async () => {
    await using testStore = await openStore();
    await using open = await openShares(testStore);
    const content = testBytes(2_500_000);
    const { stat } = await setFile(open.shares, content);
    const rounds = Array.from({ length: 12 }, (_, i) => i);
    const allowed = ['PROVENDER_NOT_FOUND', 'PROVENDER_CONFLICT'];
    const tolerate = (error: unknown): undefined => {
      assert.ok(isProvenderError(error) && allowed.includes(error.code), String(error));
    };
    const setter = async (): Promise<void> => {
      for (const _ of rounds)
        assert.equal(objectIdHex((await setFile(open.shares, content)).stat.id), objectIdHex(stat.id));
    };
    const remover = async (): Promise<void> => {
      for (const _ of rounds) await open.shares.removeFile(stat.id).catch(tolerate);
    };
    const reader = async (): Promise<void> => {
      for (const _ of rounds) {
        const read = await getFile(open.shares, stat.id).catch(tolerate);
        assert.ok(read === undefined || read.equals(content));
      }
    };
    await Promise.all([setter(), setter(), remover(), reader(), reader()]);
    assert.deepEqual([open.reports, await open.store.quarantined()], [[], []]);
    await setFile(open.shares, content);
    assert.equal(open.shares.usage().files, 1);
    await open.shares.removeFile(stat.id);
    assert.equal(open.shares.usage().storedBytes, 0);
    assert.deepEqual(await itemsOf(open.shares.readShares({ ids: [] })), []);
  });
}
