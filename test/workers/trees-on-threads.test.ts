import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { blockRoots } from '../../src/proof/kernels.ts';
import { ProofWorkers, WORKER_MIN_BYTES } from '../../src/workers/proof-workers.ts';
import { hex, testBytes } from '../proof/reference-tree.ts';
import { openWatched } from './open-watched.ts';

interface Task {
  data: Uint8Array;
  out: Uint8Array;
  expected: string;
}

/** A task over shared memory, at odd offsets, with the answer of this thread. */
function sharedTask(bytes: number, seed = 1): Task {
  const rootBytes = 32 * Math.ceil(bytes / 4096);
  const data = new Uint8Array(new SharedArrayBuffer(bytes + 3), 3);
  const out = new Uint8Array(new SharedArrayBuffer(rootBytes + 5), 5);
  data.set(testBytes(bytes, seed));
  const expected = new Uint8Array(rootBytes);
  blockRoots(data, expected);
  return { data, out, expected: hex(expected) };
}

test('threads write the roots where the caller sees them', async () => {
  await using workers = await ProofWorkers.open({ threads: 2 });
  const tasks = [0, 1, 4095].map((more) => sharedTask(WORKER_MIN_BYTES + more, more + 1));
  await Promise.all(tasks.map(({ data, out }) => workers.blockRoots(data, out)));
  for (const { out, expected } of tasks) assert.equal(hex(out), expected);
});

test('small inputs and memory that is not shared are hashed before the call returns', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const small = sharedTask(WORKER_MIN_BYTES - 1);
  const done = workers.blockRoots(small.data, small.out);
  assert.equal(hex(small.out), small.expected);
  await done;
  const own = sharedTask(WORKER_MIN_BYTES);
  const out = new Uint8Array(own.out.length);
  const other = workers.blockRoots(own.data.slice(), out);
  assert.equal(hex(out), own.expected);
  await other;
});

test('wrong lengths are refused on the calling thread', async () => {
  await using workers = await ProofWorkers.open({ threads: 1 });
  const { data } = sharedTask(WORKER_MIN_BYTES);
  const short = new Uint8Array(new SharedArrayBuffer(32));
  await assert.rejects(workers.blockRoots(data, short), (error) =>
    isProvenderError(error, 'PROVENDER_INVALID'),
  );
});

test('more tasks than threads and queue hold are busy, and those accepted are done', async () => {
  await using workers = await ProofWorkers.open({ threads: 1, maxQueued: 2 });
  const tasks = [1, 2, 3].map((seed) => sharedTask(WORKER_MIN_BYTES, seed));
  const accepted = tasks.map(({ data, out }) => workers.blockRoots(data, out));
  const more = sharedTask(WORKER_MIN_BYTES, 4);
  await assert.rejects(
    workers.blockRoots(more.data, more.out),
    (error) => isProvenderError(error, 'PROVENDER_BUSY') && error.retryable,
  );
  await Promise.all(accepted);
  for (const { out, expected } of tasks) assert.equal(hex(out), expected);
  await workers.blockRoots(more.data, more.out);
  assert.equal(hex(more.out), more.expected);
});

test('close lets accepted work end, refuses new work, and may be called again', async () => {
  const workers = await ProofWorkers.open({ threads: 1 });
  const tasks = [1, 2, 3, 4].map((seed) => sharedTask(4 * WORKER_MIN_BYTES, seed));
  const accepted = Promise.all(tasks.map(({ data, out }) => workers.blockRoots(data, out)));
  const closing = workers.close();
  const late = sharedTask(WORKER_MIN_BYTES);
  await assert.rejects(workers.blockRoots(late.data, late.out), (error) =>
    isProvenderError(error, 'PROVENDER_CLOSED'),
  );
  await Promise.all([accepted, closing, workers.close()]);
  for (const { out, expected } of tasks) assert.equal(hex(out), expected);
});

test('a thread that dies rejects its task as unavailable, and another takes its place', async () => {
  const { workers, started } = await openWatched(1);
  const task = sharedTask(32 * WORKER_MIN_BYTES);
  const running = workers.blockRoots(task.data, task.out);
  const [thread] = started;
  assert.ok(thread !== undefined);
  const rejected = assert.rejects(running, (error) => isProvenderError(error, 'PROVENDER_UNAVAILABLE'));
  await Promise.all([rejected, thread.terminate()]);
  await workers.blockRoots(task.data, task.out);
  assert.equal(hex(task.out), task.expected);
  await workers.close();
});

test('an idle thread that dies is replaced', async () => {
  const { workers, started } = await openWatched(1);
  await started[0]?.terminate();
  const task = sharedTask(WORKER_MIN_BYTES);
  await workers.blockRoots(task.data, task.out);
  assert.equal(hex(task.out), task.expected);
  await workers.close();
});

test('figures that make no sense are a configuration error', async () => {
  for (const options of [{ threads: 0 }, { threads: 1.5 }, { threads: 1, maxQueued: -1 }]) {
    await assert.rejects(ProofWorkers.open(options), (error) => isProvenderError(error, 'PROVENDER_CONFIG'));
  }
});

test('a pool whose threads cannot hash fails to open and leaves no thread behind', async () => {
  const before = process.env['PROVENDER_KERNEL'];
  blockRoots(new Uint8Array(1), new Uint8Array(32)); // this thread has chosen its path before the setting changes
  process.env['PROVENDER_KERNEL'] = 'abacus';
  try {
    await assert.rejects(ProofWorkers.open({ threads: 2 }), (error) =>
      isProvenderError(error, 'PROVENDER_INTERNAL'),
    );
  } finally {
    if (before === undefined) delete process.env['PROVENDER_KERNEL'];
    else process.env['PROVENDER_KERNEL'] = before;
  }
});
