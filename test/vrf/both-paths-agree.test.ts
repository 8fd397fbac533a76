import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { VRF_PROOF_SIZE } from '../../src/vrf/ecvrf.ts';
import { CHOSEN, REFERENCE } from './both-paths.ts';

// The reference takes up to 8 ms for a case: a minute and a half in all, ten times that in `npm run test:long`; few where lines are counted.
const IS_LONG = process.env['PROVENDER_TEST_LONG'] === '1';
const IS_FEW = process.env['PROVENDER_TEST_FEW'] === '1';
const CASES = IS_LONG ? 100_000 : IS_FEW ? 500 : 10_000;
const SEED = process.env['PROVENDER_SEED'] ?? randomBytes(8).toString('hex');
const { Point } = ed25519;
const SMALL = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

/** Bytes that follow from the seed and a name. */
function drawn(name: string): Buffer {
  return createHash('sha512').update(`${SEED} ${name}`).digest();
}

interface Case {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly alpha: Uint8Array;
  readonly proof: Uint8Array;
}

function caseOf(i: number): Case {
  const bytes = drawn(`case ${i}`);
  const [secretKey, alpha] = [bytes.subarray(0, 32), bytes.subarray(32, 32 + (i % 33))];
  const publicKey = ed25519.getPublicKey(secretKey);
  return { secretKey, publicKey, alpha, proof: CHOSEN.prove(secretKey, alpha) };
}

function little(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function littleBytes(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** Ways to spoil a question; the first leaves it as it is. */
const MUTATIONS: readonly ((one: Case, bytes: Buffer) => Case)[] = [
  (one) => one,
  (one, bytes) => {
    const proof = Buffer.from(one.proof);
    const bit = bytes.readUInt16LE(0) % (8 * VRF_PROOF_SIZE);
    proof[bit >> 3] = (proof[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return { ...one, proof };
  },
  (one, bytes) => ({ ...one, proof: Buffer.concat([bytes.subarray(0, 32), one.proof.subarray(32)]) }),
  (one, bytes) => {
    const torsion = SMALL[1 + ((bytes[0] ?? 0) % 7)] ?? Point.ZERO;
    const gamma = Point.fromBytes(one.proof.subarray(0, 32)).add(torsion);
    return { ...one, proof: Buffer.concat([gamma.toBytes(), one.proof.subarray(32)]) };
  },
  (one) => {
    const s = little(one.proof.subarray(48)) + Point.Fn.ORDER;
    return { ...one, proof: Buffer.concat([one.proof.subarray(0, 48), littleBytes(s)]) };
  },
  (one, bytes) => ({ ...one, alpha: bytes.subarray(0, 16) }),
  (one, bytes) => ({ ...one, publicKey: bytes.subarray(0, 32) }),
  (one, bytes) => ({ ...one, proof: Buffer.concat([one.proof, one.proof]).subarray(0, bytes[0]) }),
  (one, bytes) => {
    const torsion = SMALL[(bytes[0] ?? 0) % 8] ?? Point.ZERO;
    return { ...one, publicKey: Point.fromBytes(one.publicKey).add(torsion).toBytes() };
  },
];

test(`${CASES} keys and inputs give the same bytes on both paths, seed ${SEED}`, () => {
  for (let i = 0; i < CASES; i++) {
    const { secretKey, publicKey, alpha, proof } = caseOf(i);
    const output = CHOSEN.verify(publicKey, alpha, proof);
    assert.ok(output, `case ${i}`);
    assert.deepEqual(proof, REFERENCE.prove(secretKey, alpha), `case ${i}`);
    assert.deepEqual(output, REFERENCE.verify(publicKey, alpha, proof), `case ${i}`);
  }
});

test(`${CASES} spoilt proofs get the same verdict on both paths, seed ${SEED}`, () => {
  const cases = Array.from({ length: 100 }, (_, i) => caseOf(i));
  let accepted = 0;
  for (let i = 0; i < CASES; i++) {
    const [one, mutate] = [cases[i % cases.length], MUTATIONS[i % MUTATIONS.length]];
    assert.ok(one && mutate);
    const { publicKey, alpha, proof } = mutate(one, drawn(`mutation ${i}`));
    const output = CHOSEN.verify(publicKey, alpha, proof);
    if (output !== undefined) accepted++;
    assert.deepEqual(output, REFERENCE.verify(publicKey, alpha, proof), `mutation ${i}`);
  }
  assert.ok(accepted >= Math.floor(CASES / MUTATIONS.length));
  assert.ok(accepted < CASES / 4);
});
