import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { EncodeRun } from '../../src/proof/replica-coder.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { segmentId } from '../../src/proof/segments.ts';
import { ENCODE_LANES, ProofWorkers } from '../../src/workers/proof-workers.ts';
import { hex } from '../proof/reference-tree.ts';
import { encodeBy, objectOf, sharedBytes, sharedCopy } from './coded-object.ts';
import { openWatched } from './open-watched.ts';

const BLOCKS = 64;

/** A run over the whole of an object of one segment. */
function wholeRun(seed: number): { run: EncodeRun; expected: string } {
  const { content, replicaId } = objectOf(BLOCKS, 1, seed);
  const segment = { id: segmentId(replicaId, 0), bytes: sharedCopy(content) };
  const [, layer = content] = encodeReplica(content, { replicaId, passes: 1 });
  const run = { pass: 1, segment, blocks: { first: 0, end: BLOCKS }, roots: sharedBytes(BLOCKS * HASH_SIZE) };
  return { run, expected: hex(layer) };
}

test('runs beyond the limit are busy and say so, and those accepted are done', async () => {
  await using workers = await ProofWorkers.open({ threads: 1, maxQueued: 6 });
  const tasks = Array.from({ length: 8 }, (_, i) => wholeRun(i));
  const answers = await Promise.allSettled(tasks.map(({ run }) => workers.encode(run)));
  for (const [i, { run, expected }] of tasks.slice(0, 7).entries()) {
    assert.equal(answers[i]?.status, 'fulfilled');
    assert.equal(hex(run.segment.bytes), expected);
  }
  const [last] = answers.slice(7);
  assert.ok(last?.status === 'rejected' && isProvenderError(last.reason, 'PROVENDER_BUSY'));
  assert.ok(last.reason.retryable);
  assert.deepEqual(last.reason.details, { found: 7, limit: 7 });
  assert.match(last.reason.message, /7 tasks wait or run, limit 7/);
});

test('close waits for all accepted work and refuses more', async () => {
  const workers = await ProofWorkers.open({ threads: 1 });
  const tasks = Array.from({ length: 2 * ENCODE_LANES + 1 }, (_, i) => wholeRun(i));
  const accepted = Promise.all(tasks.map(({ run }) => workers.encode(run)));
  const closing = workers.close();
  const isClosed = (error: unknown): boolean => isProvenderError(error, 'PROVENDER_CLOSED');
  const { run } = wholeRun(99);
  await assert.rejects(workers.encode(run), isClosed);
  await assert.rejects(workers.decode({ ...run, out: sharedBytes(BLOCKS * BLOCK_SIZE) }), isClosed);
  await Promise.all([closing, workers.close()]);
  for (const { run: done, expected } of tasks) assert.equal(hex(done.segment.bytes), expected);
  await accepted;
});

/** A pool whose first threads take about 100 ms for a task of these sizes; threads in their place take what they like. */
async function openSlow(): Promise<Awaited<ReturnType<typeof openWatched>>> {
  const before = process.env['PROVENDER_KERNEL'];
  process.env['PROVENDER_KERNEL'] = 'typescript';
  try {
    return await openWatched(1);
  } finally {
    if (before === undefined) delete process.env['PROVENDER_KERNEL'];
    else process.env['PROVENDER_KERNEL'] = before;
  }
}

test('a thread that dies fails the runs of its task, and what waits is done by the next thread', async () => {
  const { workers, started } = await openSlow();
  const tasks = Array.from({ length: ENCODE_LANES + 3 }, (_, i) => wholeRun(i));
  const answers = Promise.allSettled(tasks.map(({ run }) => workers.encode(run)));
  await new Promise((resolve) => setImmediate(resolve)); // the pool gave out its first task just before
  await started[0]?.terminate();
  for (const [i, answer] of (await answers).entries()) {
    if (i < ENCODE_LANES) {
      assert.ok(answer.status === 'rejected' && isProvenderError(answer.reason, 'PROVENDER_UNAVAILABLE'));
    } else {
      assert.equal(answer.status, 'fulfilled');
      assert.equal(hex(tasks[i]?.run.segment.bytes ?? new Uint8Array()), tasks[i]?.expected);
    }
  }
  const object = objectOf(BLOCKS, 2);
  const { layers } = await encodeBy(workers, object);
  assert.deepEqual(layers.map(hex), encodeReplica(object.content, object).slice(1).map(hex));
  await workers.close();
});
