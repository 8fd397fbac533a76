import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as reference from '../../src/vrf/ecvrf.ts';

type Call = (...args: unknown[]) => unknown;
const addon: { vrf: { prove: Call; verify: Call } } = createRequire(import.meta.url)(
  process.env['PROVENDER_CORE'] ?? '../../build/Release/core.node',
);
const { vrf } = addon;
const SECRET = new Uint8Array(32).fill(7);
const PUBLIC = ed25519.getPublicKey(SECRET);

/** Bytes that end exactly where their memory ends. */
function exact(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

test('wrong types and sizes are type errors', () => {
  const [key, alpha, proof] = [exact(SECRET), new Uint8Array(5), new Uint8Array(80)];
  const wrongProofs: readonly unknown[][] = [
    [],
    [key, alpha],
    [key.subarray(1), alpha, proof],
    [key, alpha, proof.subarray(1)],
    [key, 'alpha', proof],
    [new Uint16Array(16), alpha, proof],
  ];
  for (const args of wrongProofs) assert.throws(() => vrf.prove(...args), TypeError);
  const wrongChecks: readonly unknown[][] = [
    [],
    [key, alpha, proof],
    [key.subarray(1), alpha, proof, new Uint8Array(64)],
    [key, alpha, proof.subarray(1), new Uint8Array(64)],
    [key, alpha, proof, new Uint8Array(63)],
    [key, undefined, proof, new Uint8Array(64)],
  ];
  for (const args of wrongChecks) assert.throws(() => vrf.verify(...args), TypeError);
});

test('a detached array is an empty one', () => {
  const memory = new ArrayBuffer(32);
  const key = new Uint8Array(memory);
  structuredClone(memory, { transfer: [memory] });
  assert.throws(() => vrf.prove(key, new Uint8Array(), new Uint8Array(80)), TypeError);
});

test('inputs of any length, at odd addresses and in shared memory, give what the reference gives', () => {
  for (const length of [0, 1, 47, 48, 49, 111, 112, 127, 128, 129, 4096]) {
    const alpha = new Uint8Array(length).fill(length);
    const memory = new Uint8Array(new SharedArrayBuffer(1 + length + 80), 1);
    memory.set(alpha);
    const proof = memory.subarray(length);
    vrf.prove(exact(SECRET), memory.subarray(0, length), proof);
    assert.deepEqual(exact(proof), reference.proveVrf(SECRET, alpha), `${length} bytes`);
    const output = new Uint8Array(64);
    assert.equal(vrf.verify(exact(PUBLIC), memory.subarray(0, length), proof, output), true);
    assert.deepEqual(output, reference.verifyVrf(PUBLIC, alpha, exact(proof)));
    const refused = new Uint8Array(64);
    assert.equal(vrf.verify(exact(proof.subarray(0, 32)), alpha, proof, refused), false);
    assert.deepEqual(refused, new Uint8Array(64));
  }
});
