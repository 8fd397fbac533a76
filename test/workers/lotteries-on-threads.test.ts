import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { ed25519 } from '@noble/curves/ed25519.js';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { proveVrf, verifyVrf } from '../../src/vrf/kernels.ts';
import { VrfWorkers } from '../../src/workers/vrf-workers.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const PUBLIC = ed25519.getPublicKey(SECRET);

function inputs(count: number, name = 'lottery'): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(`${name} ${i}`).digest());
}

const isCode =
  (code: 'PROVENDER_BUSY' | 'PROVENDER_CLOSED' | 'PROVENDER_CONFIG' | 'PROVENDER_INVALID') =>
  (error: unknown): boolean =>
    isProvenderError(error, code);

test('proofs and outputs come in the order of asking, those that do not hold as undefined', async () => {
  await using workers = await VrfWorkers.open({ secretKey: SECRET, threads: 2 });
  const asked = inputs(70);
  const proofs = await workers.prove(asked);
  assert.deepEqual(
    proofs.map((proof) => Buffer.from(proof).toString('hex')),
    asked.map((input) => Buffer.from(proveVrf(SECRET, input)).toString('hex')),
  );
  const questions = asked.map((input, i) => {
    const proof = (proofs[i] ?? new Uint8Array()).slice();
    if (i % 7 === 3) proof[i] = (proof[i] ?? 0) ^ 1;
    return { publicKey: PUBLIC, input, proof: i % 7 === 5 ? proof.subarray(1) : proof };
  });
  const outputs = await workers.verify(questions);
  assert.equal(outputs.length, questions.length);
  for (const [i, { input, proof }] of questions.entries()) {
    assert.deepEqual(outputs[i], verifyVrf(PUBLIC, input, proof), `question ${i}`);
    assert.equal(outputs[i] === undefined, i % 7 === 3 || i % 7 === 5);
  }
  assert.deepEqual(await workers.prove([]), []);
});

test('a short call does not wait for the end of a long one', async () => {
  await using workers = await VrfWorkers.open({ secretKey: SECRET, threads: 1 });
  const order: string[] = [];
  const long = workers.prove(inputs(800)).then(() => order.push('long'));
  const short = workers.prove(inputs(1, 'short')).then(() => order.push('short'));
  await Promise.all([long, short]);
  assert.deepEqual(order, ['short', 'long']);
});

test('calls beyond the limit are busy, one that can never fit is invalid', async () => {
  await using workers = await VrfWorkers.open({ secretKey: SECRET, threads: 1, maxQueued: 40 });
  const accepted = workers.prove(inputs(39));
  await assert.rejects(workers.prove(inputs(2)), (error: unknown) => {
    assert.ok(isProvenderError(error, 'PROVENDER_BUSY'));
    assert.deepEqual(error.details, { found: 39, asked: 2, limit: 40 });
    return error.retryable;
  });
  await assert.rejects(workers.prove(inputs(41)), isCode('PROVENDER_INVALID'));
  const last = workers.prove(inputs(1));
  assert.equal((await accepted).length, 39);
  assert.equal((await last).length, 1);
});

test('close waits for accepted calls and refuses more', async () => {
  const workers = await VrfWorkers.open({ secretKey: SECRET, threads: 1 });
  const accepted = workers.prove(inputs(100));
  const closing = workers.close();
  await assert.rejects(workers.prove(inputs(1)), isCode('PROVENDER_CLOSED'));
  await assert.rejects(workers.verify([]), isCode('PROVENDER_CLOSED'));
  await Promise.all([closing, workers.close()]);
  assert.equal((await accepted).length, 100);
});

test('without a key they check and do not prove; a key of another length is refused', async () => {
  await using workers = await VrfWorkers.open({ threads: 1 });
  await assert.rejects(workers.prove(inputs(1)), isCode('PROVENDER_CONFIG'));
  const [input = new Uint8Array()] = inputs(1);
  const proof = proveVrf(SECRET, input);
  const [output] = await workers.verify([{ publicKey: PUBLIC, input, proof }]);
  assert.deepEqual(output, verifyVrf(PUBLIC, input, proof));
  await assert.rejects(VrfWorkers.open({ secretKey: SECRET.subarray(1) }), isCode('PROVENDER_INVALID'));
  await assert.rejects(VrfWorkers.open({ threads: 0 }), isCode('PROVENDER_CONFIG'));
});

test('a thread that dies fails its call, and the next one does what waits', async () => {
  const started: Worker[] = [];
  const watch = (worker: Worker): void => void started.push(worker);
  process.on('worker', watch);
  await using workers = await VrfWorkers.open({ secretKey: SECRET, threads: 1 });
  process.off('worker', watch);
  const first = workers.prove(inputs(4000));
  const failed = assert.rejects(first, (error: unknown) => isProvenderError(error, 'PROVENDER_UNAVAILABLE'));
  const second = workers.prove(inputs(3, 'second'));
  await second;
  await started[0]?.terminate();
  await failed;
  const proofs = await workers.prove(inputs(3, 'second'));
  assert.deepEqual(proofs, await second);
});
