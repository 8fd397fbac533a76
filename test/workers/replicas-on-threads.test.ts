import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { blockRoots } from '../../src/proof/kernels.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { ProofWorkers, WORKER_MIN_BLOCKS } from '../../src/workers/proof-workers.ts';
import { hex } from '../proof/reference-tree.ts';
import { type CodedObject, decodeBy, encodeBy, objectOf, sharedBytes, sharedCopy } from './coded-object.ts';

/** Around the sizes where a worker takes over and where a run ends. */
const SIZES = [1, WORKER_MIN_BLOCKS - 1, WORKER_MIN_BLOCKS, 255, 257];

function rootsOf(layer: Uint8Array): Uint8Array {
  const roots = new Uint8Array(layer.length / 128);
  blockRoots(layer, roots);
  return roots;
}

/** What the plain formula makes of an object: layers 0 to L. */
function expectedLayers({ content, replicaId, passes }: CodedObject): readonly Uint8Array[] {
  return encodeReplica(content, { replicaId, passes });
}

async function checkBothWays(workers: ProofWorkers, object: CodedObject): Promise<void> {
  const expected = expectedLayers(object);
  const encoded = await encodeBy(workers, object);
  assert.deepEqual(encoded.layers.map(hex), expected.slice(1).map(hex));
  assert.deepEqual(encoded.roots.map(hex), expected.slice(1).map(rootsOf).map(hex));
  const replica = expected.at(-1) ?? object.content;
  for (const inPlace of [true, false]) {
    const decoded = await decodeBy(workers, object, { replica, inPlace });
    const plainer = expected.slice(0, -1).toReversed();
    assert.deepEqual(decoded.layers.map(hex), plainer.map(hex));
    assert.deepEqual(decoded.roots.map(hex), plainer.map(rootsOf).map(hex));
  }
}

for (const threads of [1, 2]) {
  for (const passes of [1, 2]) {
    test(`objects of all sizes at once, ${passes} passes, threads: ${threads}`, async () => {
      await using workers = await ProofWorkers.open({ threads });
      await Promise.all(SIZES.map((blocks, i) => checkBothWays(workers, objectOf(blocks, passes, i))));
    });
  }
}

test('many objects of both profiles share lanes and stay apart', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const objects = Array.from({ length: 9 }, (_, i) => objectOf(20 + i, 1 + (i % 2), i));
  const replicas = await Promise.all(objects.map((object) => encodeBy(workers, object)));
  for (const [i, object] of objects.entries()) {
    assert.equal(
      hex(replicas[i]?.layers.at(-1) ?? new Uint8Array()),
      hex(expectedLayers(object).at(-1) ?? new Uint8Array()),
    );
  }
});

test('small runs and memory that is not shared are done before the call returns', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const cases = [
    { blocks: WORKER_MIN_BLOCKS - 1, copy: sharedCopy },
    { blocks: WORKER_MIN_BLOCKS, copy: (bytes: Uint8Array) => bytes.slice() },
  ];
  for (const { blocks, copy } of cases) {
    const object = objectOf(blocks, 1);
    const [content, replica] = expectedLayers(object).map(hex);
    const bytes = copy(object.content);
    const run = {
      pass: 1,
      segment: { id: segmentId(object.replicaId, 0), bytes },
      blocks: { first: 0, end: blocks },
    };
    const done = workers.encode({ ...run, roots: sharedBytes(blocks * HASH_SIZE) });
    assert.equal(hex(bytes), replica);
    await done;
    const undone = workers.decode({ ...run, out: bytes });
    assert.equal(hex(bytes), content);
    await undone;
  }
});

test('bytes around a run and the memory of a finished one are left alone', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const object = objectOf(64, 1);
  const memory = sharedBytes(66 * BLOCK_SIZE).fill(0xa5);
  const bytes = memory.subarray(BLOCK_SIZE, 65 * BLOCK_SIZE);
  bytes.set(object.content);
  const segment = { id: segmentId(object.replicaId, 0), bytes };
  const roots = sharedBytes(32 * HASH_SIZE);
  await workers.encode({ pass: 1, segment, blocks: { first: 0, end: 32 }, roots });
  assert.equal(hex(bytes.subarray(32 * BLOCK_SIZE)), hex(object.content.subarray(32 * BLOCK_SIZE)));
  for (const edge of [memory.subarray(0, BLOCK_SIZE), memory.subarray(65 * BLOCK_SIZE)])
    assert.ok(edge.every((byte) => byte === 0xa5));
  bytes.fill(0);
  await encodeBy(workers, objectOf(64, 1, 2));
  assert.ok(bytes.every((byte) => byte === 0));
});

test('runs that make no sense are refused on the calling thread, and the pool goes on', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const segment = { id: new Uint8Array(HASH_SIZE), bytes: sharedBytes(300 * BLOCK_SIZE) };
  const good = { pass: 1, segment, blocks: { first: 0, end: 32 }, roots: sharedBytes(32 * HASH_SIZE) };
  const out = sharedBytes(32 * BLOCK_SIZE);
  const wrong = [
    { ...good, pass: 0 },
    { ...good, pass: 1.5 },
    { ...good, segment: { ...segment, id: new Uint8Array(31) } },
    { ...good, segment: { ...segment, bytes: sharedBytes(BLOCK_SIZE + 1) } },
    { ...good, segment: { ...segment, bytes: sharedBytes(0) } },
    { ...good, roots: sharedBytes(31) },
    ...[
      { first: 0, end: 0 },
      { first: -1, end: 31 },
      { first: 0.5, end: 32.5 },
      { first: 269, end: 301 },
      { first: 0, end: 257 },
    ].map((blocks) => ({ ...good, blocks })),
  ];
  const isInvalid = (error: unknown): boolean => isProvenderError(error, 'PROVENDER_INVALID');
  for (const run of wrong) {
    await assert.rejects(workers.encode(run), isInvalid);
    await assert.rejects(workers.decode({ ...run, out }), isInvalid);
  }
  await assert.rejects(workers.decode({ ...good, out: sharedBytes(BLOCK_SIZE) }), isInvalid);
  await workers.encode(good);
});
