import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ObjectId, OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { StoredShares } from '../../src/shares/stored-shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares, TEST_STORES } from '../support/open-shares.ts';
import {
  batchesOf,
  type Chunk,
  chunkOf,
  declarationOf,
  getFile,
  itemBytes,
  itemsOf,
  makeChunks,
  pieces,
  referenceCollectionId,
  referenceFileId,
  setCollection,
  sourceOf,
} from '../support/share-content.ts';

/** The world of the model: few objects, so that operations meet. Chunks of the collections are set alone too. */
const POOL = makeChunks(70);
const LONE: readonly Chunk[] = [chunkOf(testBytes(0)), chunkOf(testBytes(4096)), ...POOL.slice(0, 3)];
const FILES = [0, 5, 4097, 270_000, 4_300_000].map((size) => {
  const content = testBytes(size, 9);
  return { content, id: referenceFileId(content) };
});
const COLLECTIONS = [POOL.slice(0, 1), POOL.slice(0, 66), POOL.slice(2, 70)].map((chunks) => ({
  chunks,
  id: referenceCollectionId(chunks),
}));

/** What the service should hold. */
interface Model {
  readonly lone: Map<string, Chunk>;
  readonly files: Map<string, Uint8Array>;
  readonly collections: Map<string, readonly Chunk[]>;
}

type Real = StoredShares;
type Step = fc.AsyncCommand<Model, Real>;

/** An operation that is always possible; `run` compares its outcome with the model's and changes the model. */
function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return { check: () => true, run, toString: () => name };
}

async function refused(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => isProvenderError(error) && error.code === code);
}

const setLone = (i: number): Step =>
  step(`setShare ${i}`, async (model, real) => {
    const chunk = LONE[i] ?? chunkOf(new Uint8Array());
    const { held } = await real.setShare(chunk.bytes);
    assert.equal(held, model.lone.has(objectIdHex(chunk.id)));
    model.lone.set(objectIdHex(chunk.id), chunk);
  });

const setOneFile = (i: number, piece: number, declare: boolean): Step =>
  step(`setFile ${i}`, async (model, real) => {
    const { content, id } = FILES[i] ?? { content: new Uint8Array(), id: referenceFileId(new Uint8Array()) };
    const declared = { sizeBytes: content.length, ...(declare && { id }) };
    const { held } = await real.setFile(declared, sourceOf(...pieces(content, piece)));
    assert.equal(held, model.files.has(objectIdHex(id)));
    model.files.set(objectIdHex(id), content);
  });

const setBrokenFile = (i: number, cut: number): Step =>
  step(`setFile ${i} cut short`, async (model, real) => {
    const content = FILES[i]?.content ?? new Uint8Array();
    const sizeBytes = content.length + 1 + cut;
    await refused(real.setFile({ sizeBytes }, sourceOf(content)), 'PROVENDER_INVALID');
    assert.equal(real.usage().reservedBytes, 0);
  });

const setOneCollection = (i: number): Step =>
  step(`setShares ${i}`, async (model, real) => {
    const { chunks = [], id } = COLLECTIONS[i] ?? {};
    const { held, stat } = await setCollection(real, chunks);
    assert.equal(objectIdHex(stat.id), id && objectIdHex(id));
    assert.equal(held, model.collections.has(objectIdHex(stat.id)));
    model.collections.set(objectIdHex(stat.id), chunks);
  });

const setUnsorted = (i: number): Step =>
  step(`setShares ${i} unsorted`, async (_model, real) => {
    const chunks = [...(COLLECTIONS[i]?.chunks ?? []), ...LONE.slice(2, 3)];
    await refused(real.setShares(declarationOf(chunks), sourceOf(...batchesOf(chunks))), 'PROVENDER_INVALID');
  });

const removeAny = (what: 'lone' | 'files' | 'collections', i: number): Step =>
  step(`remove ${what} ${i}`, async (model, real) => {
    const id = { lone: LONE[i]?.id, files: FILES[i]?.id, collections: COLLECTIONS[i]?.id }[what];
    if (id === undefined) return;
    const removal = what === 'files' ? real.removeFile(id) : real.removeShare(id);
    if (model[what].delete(objectIdHex(id))) await removal;
    else await refused(removal, inCollection(model, id) ? 'PROVENDER_INVALID' : 'PROVENDER_NOT_FOUND');
  });

function inCollection(model: Model, id: ObjectId): boolean {
  const hex = objectIdHex(id);
  return [...model.collections.values()].some((chunks) =>
    chunks.some((chunk) => objectIdHex(chunk.id) === hex),
  );
}

const readAll = step('read everything', async (model, real) => {
  const chunks = [...LONE, ...POOL];
  const items = await itemsOf(real.readShares({ ids: chunks.map(({ id }) => id) }));
  for (const [i, { id, bytes }] of chunks.entries()) {
    const item = items[i];
    const held = model.lone.has(objectIdHex(id)) || inCollection(model, id);
    if (held) assert.ok(Buffer.from(bytes).equals(itemBytes(item)));
    else assert.ok(item !== undefined && 'error' in item && item.error.code === 'PROVENDER_NOT_FOUND');
  }
  for (const { id } of FILES) {
    const content = model.files.get(objectIdHex(id));
    if (content === undefined) await refused(getFile(real, id), 'PROVENDER_NOT_FOUND');
    else assert.ok((await getFile(real, id)).equals(content));
  }
});

const compareTotals = step('compare lists and usage', async (model, real) => {
  const usage = real.usage();
  const kinds = {
    lone: OBJECT_KIND.chunk,
    files: OBJECT_KIND.file,
    collections: OBJECT_KIND.collection,
  } as const;
  let storedBytes = 0;
  for (const what of ['lone', 'files', 'collections'] as const) {
    const { shares: stats } = await real.list({ kind: kinds[what], limit: 1000 });
    assert.deepEqual(
      stats.map(({ id }) => objectIdHex(id)),
      [...model[what].keys()].sort(),
    );
    storedBytes += stats.reduce((sum, stat) => sum + stat.storedBytes, 0);
  }
  assert.deepEqual(
    [usage.chunks, usage.files, usage.collections, usage.storedBytes, usage.reservedBytes],
    [model.lone.size, model.files.size, model.collections.size, storedBytes, 0],
  );
});

const index = (length: number): fc.Arbitrary<number> => fc.nat(length - 1);
const steps = [
  index(LONE.length).map(setLone),
  fc
    .tuple(index(FILES.length), fc.integer({ min: 20_000, max: 5_000_000 }), fc.boolean())
    .map(([i, piece, declare]) => setOneFile(i, piece, declare)),
  fc.tuple(index(FILES.length), fc.nat(5000)).map(([i, cut]) => setBrokenFile(i, cut)),
  index(COLLECTIONS.length).map(setOneCollection),
  index(COLLECTIONS.length).map(setUnsorted),
  index(LONE.length).map((i) => removeAny('lone', i)),
  index(FILES.length).map((i) => removeAny('files', i)),
  index(COLLECTIONS.length).map((i) => removeAny('collections', i)),
  fc.constant(readAll),
  fc.constant(compareTotals),
];

const FACTOR = process.env['PROVENDER_TEST_LONG'] === '1' ? 20 : 1;
const RUNS: Readonly<Record<string, number>> = { memory: 40, level: 6, files: 6 };

for (const [name, openStore] of Object.entries(TEST_STORES)) {
  test(`the service answers like a map, whatever the operations, on ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 25 }), async (commands) => {
        await using testStore = await openStore();
        await using open = await openShares(testStore);
        const model: Model = { lone: new Map(), files: new Map(), collections: new Map() };
        await fc.asyncModelRun(() => ({ model, real: open.shares }), [...commands, readAll, compareTotals]);
      }),
      { numRuns: FACTOR * (RUNS[name] ?? 10) },
    );
  });
}
