import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { filled } from '../support/payment-fixtures.ts';

type Call = (...args: unknown[]) => unknown;
const CORE = createRequire(import.meta.url).resolve(
  process.env['PROVENDER_CORE'] ?? '../../build/Release/core.node',
);
const addon: { recovery: { recover: Call } } = createRequire(import.meta.url)(CORE);
const { recovery } = addon;
const SECRET = filled(32, 7);
const PUBLIC = secp256k1.getPublicKey(SECRET, false).subarray(1);
const DIGEST = filled(32, 9);
const SIGNED = secp256k1.sign(DIGEST, SECRET, { prehash: false, format: 'recovered' });
const SIGNATURE = Uint8Array.from(SIGNED.subarray(1));
const PARITY = SIGNED[0] ?? 0;

function recovered(): Uint8Array {
  const key = new Uint8Array(64);
  assert.equal(recovery.recover(DIGEST, SIGNATURE, PARITY, key), true);
  return key;
}

test('wrong types, sizes and parities are type errors', () => {
  const key = new Uint8Array(64);
  const wrong: readonly unknown[][] = [
    [],
    [DIGEST, SIGNATURE, 0],
    [DIGEST.subarray(1), SIGNATURE, 0, key],
    [DIGEST, SIGNATURE.subarray(1), 0, key],
    [DIGEST, SIGNED, 0, key],
    [DIGEST, SIGNATURE, 0, key.subarray(1)],
    [DIGEST, SIGNATURE, 0, new Uint8Array(65)],
    [DIGEST, SIGNATURE, 2, key],
    [DIGEST, SIGNATURE, -1, key],
    [DIGEST, SIGNATURE, '0', key],
    [DIGEST, SIGNATURE, undefined, key],
    ['digest', SIGNATURE, 0, key],
    [DIGEST, new Uint16Array(32), 0, key],
  ];
  for (const args of wrong) assert.throws(() => recovery.recover(...args), TypeError);
  assert.deepEqual(key, new Uint8Array(64));
});

test('a detached array is an empty one', () => {
  const memory = new ArrayBuffer(64);
  const signature = new Uint8Array(memory);
  structuredClone(memory, { transfer: [memory] });
  assert.throws(() => recovery.recover(DIGEST, signature, 0, new Uint8Array(64)), TypeError);
});

test('inputs at odd addresses, in shared memory and below the result give the key', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(1 + 32 + 64), 1);
  memory.set(DIGEST);
  memory.set(SIGNATURE, 32);
  const [digest, signature] = [memory.subarray(0, 32), memory.subarray(32)];
  assert.equal(recovery.recover(digest, signature, PARITY, signature), true);
  assert.deepEqual(Uint8Array.from(signature), PUBLIC);
});

test('a refusal leaves the result as it was', () => {
  const key = filled(64, 3);
  assert.equal(recovery.recover(DIGEST, new Uint8Array(64), PARITY, key), false);
  assert.deepEqual(key, filled(64, 3));
});

test('a refusal leaves no error behind that the next user of OpenSSL would take for its own', () => {
  const stackOf = (): unknown => {
    try {
      return createPrivateKey({ key: Buffer.from([0x30, 0]), format: 'der', type: 'pkcs8' });
    } catch (error) {
      return error instanceof Error ? Object.entries(error) : error;
    }
  };
  const before = stackOf();
  const offCurve = Uint8Array.from(SIGNATURE);
  offCurve.set(filled(32, 0), 0);
  offCurve[31] = 5; // no point has x = 5
  for (let i = 0; i < 3; i++) assert.equal(recovery.recover(DIGEST, offCurve, 0, new Uint8Array(64)), false);
  assert.deepEqual(stackOf(), before);
});

test('each environment has its own state: workers that recover at once, and end while they do, harm nobody', async () => {
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { recovery } = require(workerData.core);
    const key = new Uint8Array(64);
    parentPort.postMessage(recovery.recover(workerData.digest, workerData.signature, workerData.parity, key) ? key : 'none');
    for (;;) recovery.recover(workerData.digest, workerData.signature, workerData.parity, key);
  `;
  const workerData = { core: CORE, digest: DIGEST, signature: SIGNATURE, parity: PARITY };
  for (let round = 0; round < 3; round++) {
    const workers = Array.from({ length: 2 }, () => new Worker(script, { eval: true, workerData }));
    const answers = await Promise.all(workers.map(async (worker) => once(worker, 'message')));
    for (const [answer] of answers) assert.deepEqual(Uint8Array.from(answer), PUBLIC);
    for (let i = 0; i < 20; i++) assert.deepEqual(recovered(), PUBLIC);
    await Promise.all(workers.map((worker) => worker.terminate()));
    assert.deepEqual(recovered(), PUBLIC);
  }
});
