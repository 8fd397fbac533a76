import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { objectIdHex, parseObjectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { Stage, type StageOptions } from '../../src/node/stage/stage.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { deferred } from '../support/deferred.ts';
import { openScratch } from '../support/scratch.ts';
import { pieces, referenceFileId, sourceOf } from '../support/share-content.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

const MIB = 2 ** 20;
const SIZES = [0, 1, 4095, 4096, 4097, MIB - 1, MIB, MIB + 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 777];

async function openStage(
  options: Partial<StageOptions> = {},
): Promise<AsyncDisposable & { stage: Stage; directory: string }> {
  const scratch = await openScratch();
  const directory = options.directory ?? scratch.at('stage');
  const stage = await Stage.open({ limitBytes: 64 * MIB, hasher: inlineHasher, ...options, directory });
  const dispose = async (): Promise<void> => {
    await stage.close();
    await scratch[Symbol.asyncDispose]();
  };
  return { stage, directory, [Symbol.asyncDispose]: dispose };
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of source) parts.push(piece.slice());
  return Buffer.concat(parts);
}

test('uploads of every edge size have their id and read back from any offset, hashed in workers', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  await using open = await openStage({ hasher: workers });
  for (const size of SIZES) {
    const content = testBytes(size, size + 3);
    const id = referenceFileId(content);
    await using staged = await open.stage.take({ sizeBytes: size, id }, sourceOf(...pieces(content, 70_001)));
    assert.equal(objectIdHex(staged.id), objectIdHex(id));
    assert.equal(staged.facts.sizeBytes, size);
    for (const offset of new Set([0, 1, 4096, size - 1, size].filter((at) => at >= 0 && at <= size)))
      assert.ok(
        (await bytesOf(staged.read(offset))).equals(content.subarray(offset)),
        `${size} from ${offset}`,
      );
    await assert.rejects(bytesOf(staged.read(size + 1)), { code: 'PROVENDER_RANGE' });
  }
  assert.equal(open.stage.usedBytes, 0);
  assert.deepEqual(await readdir(open.directory), []);
});

test('many readers at once get the same bytes, each from its own place', async () => {
  await using open = await openStage();
  const content = testBytes(3 * MIB + 5);
  await using staged = await open.stage.take({ sizeBytes: content.length }, sourceOf(content));
  const offsets = Array.from({ length: 10 }, (_, i) => i * 300_007);
  const read = await Promise.all(offsets.map((offset) => bytesOf(staged.read(offset))));
  for (const [i, offset] of offsets.entries()) assert.ok(read[i]?.equals(content.subarray(offset)));
});

test('a release ends readers with an error, never as if they had all', async () => {
  await using open = await openStage();
  const content = testBytes(MIB);
  const staged = await open.stage.take({ sizeBytes: content.length }, sourceOf(content));
  const reading = staged.read(0);
  assert.equal((await reading.next()).done, false);
  await Promise.all([staged.release(), staged.release()]);
  await assert.rejects(reading.next(), { code: 'PROVENDER_CLOSED' });
  assert.equal(open.stage.usedBytes, 0);
  assert.deepEqual(await readdir(open.directory), []);
});

test('what does not fit is refused before a byte is read, and fits when room is given back', async () => {
  await using open = await openStage({ limitBytes: MIB });
  const content = testBytes(MIB - 10);
  const staged = await open.stage.take({ sizeBytes: content.length }, sourceOf(content));
  let isRead = false;
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    isRead = true;
    yield testBytes(11);
  }
  const refused = { code: 'PROVENDER_OVER_QUOTA', details: { limit: MIB, used: MIB - 10, needed: 11 } };
  await assert.rejects(open.stage.take({ sizeBytes: 11 }, watched()), refused);
  assert.equal(isRead, false);
  await staged.release();
  await using _next = await open.stage.take({ sizeBytes: MIB }, sourceOf(testBytes(MIB)));
  assert.equal(open.stage.usedBytes, MIB);
});

test('another size or id than declared leaves nothing', async () => {
  await using open = await openStage();
  const content = testBytes(2 * MIB + 3);
  const id = referenceFileId(testBytes(5));
  for (const sizeBytes of [content.length - 1, content.length + 1, 0, MIB])
    await assert.rejects(open.stage.take({ sizeBytes }, sourceOf(...pieces(content, 99_999))), {
      code: 'PROVENDER_INVALID',
    });
  await assert.rejects(open.stage.take({ sizeBytes: content.length, id }, sourceOf(content)), {
    code: 'PROVENDER_INVALID',
    details: { declared: objectIdHex(id), found: objectIdHex(referenceFileId(content)) },
  });
  await assert.rejects(open.stage.take({ sizeBytes: 2 ** 36 + 1 }, sourceOf()), {
    code: 'PROVENDER_INVALID',
  });
  assert.equal(open.stage.usedBytes, 0);
  assert.deepEqual(await readdir(open.directory), []);
});

test('a sender that fails or leaves in the middle leaves nothing', async () => {
  await using open = await openStage();
  const failure = new ProvenderError('PROVENDER_UNAVAILABLE', 'the sender is away');
  async function* failing(): AsyncGenerator<Uint8Array, void> {
    yield testBytes(MIB + 5);
    throw failure;
  }
  await assert.rejects(open.stage.take({ sizeBytes: 4 * MIB }, failing()), failure);
  const controller = new AbortController();
  const isWaiting = deferred<void>();
  async function* hanging(): AsyncGenerator<Uint8Array, void> {
    yield testBytes(MIB + 5);
    isWaiting.resolve();
    await new Promise(() => undefined);
  }
  const taken = open.stage.take({ sizeBytes: 4 * MIB }, hanging(), { signal: controller.signal });
  await isWaiting.promise;
  controller.abort();
  await assert.rejects(taken, { code: 'PROVENDER_CANCELLED' });
  assert.equal(open.stage.usedBytes, 0);
  assert.deepEqual(await readdir(open.directory), []);
});

test('a full disk is told as such, leaves nothing, and room on it is used again', async () => {
  await using disk = await mountSmallDisk(4);
  await using open = await openStage({ directory: `${disk.path}/stage` });
  const content = testBytes(6 * MIB);
  await assert.rejects(
    open.stage.take({ sizeBytes: content.length }, sourceOf(...pieces(content, 100_000))),
    {
      code: 'PROVENDER_OVER_QUOTA',
      details: { code: 'ENOSPC' },
    },
  );
  assert.equal(open.stage.usedBytes, 0);
  assert.deepEqual(await readdir(open.directory), []);
  const small = content.subarray(0, 3 * MIB);
  await using staged = await open.stage.take(
    { sizeBytes: small.length },
    sourceOf(...pieces(small, 100_000)),
  );
  assert.equal(objectIdHex(staged.id), objectIdHex(referenceFileId(small)));
});

test('a start empties what a crash left, and a closed stage takes nothing', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('stage');
  await (await Stage.open({ directory, limitBytes: MIB, hasher: inlineHasher })).close();
  await writeFile(`${directory}/17-3.upload`, 'left by a crash');
  const stage = await Stage.open({ directory, limitBytes: MIB, hasher: inlineHasher });
  assert.deepEqual(await readdir(directory), []);
  await stage.take(
    { sizeBytes: 3, id: parseObjectId(referenceFileId(testBytes(3))) },
    sourceOf(testBytes(3)),
  );
  await stage.close();
  assert.deepEqual(await readdir(directory), []);
  await assert.rejects(stage.take({ sizeBytes: 1 }, sourceOf(testBytes(1))), { code: 'PROVENDER_CLOSED' });
});
