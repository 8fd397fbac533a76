import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ECVRF_ELL2, proveVrf, verifyVrf } from '../../src/vrf/ecvrf.ts';
import { BOTH } from './both-paths.ts';
import { ECVRF_TAI } from './tai-suite.ts';
import { bytesOf, hexOf, vectorsOf } from './vrf-vectors.ts';

for (const [name, suite] of [
  ['ECVRF-EDWARDS25519-SHA512-ELL2', ECVRF_ELL2],
  ['ECVRF-EDWARDS25519-SHA512-TAI', ECVRF_TAI],
] as const) {
  for (const vector of vectorsOf(name)) {
    test(`${name}, RFC 9381 example ${vector.example}`, () => {
      const [secretKey, publicKey, alpha] = [vector.SK, vector.PK, vector.alpha].map(bytesOf);
      assert.ok(secretKey && publicKey && alpha);
      assert.equal(hexOf(suite.encode(publicKey, alpha).toBytes()), vector.H);
      const proof = proveVrf(secretKey, alpha, suite);
      assert.equal(hexOf(proof), vector.pi);
      const output = verifyVrf(publicKey, alpha, proof, suite);
      assert.equal(output && hexOf(output), vector.beta);
    });
  }
}

test('a proof of one suite is none of the other', () => {
  for (const { SK, PK, alpha } of vectorsOf('ECVRF-EDWARDS25519-SHA512-ELL2')) {
    const [secretKey, publicKey, input] = [SK, PK, alpha].map(bytesOf);
    assert.ok(secretKey && publicKey && input);
    assert.equal(verifyVrf(publicKey, input, proveVrf(secretKey, input), ECVRF_TAI), undefined);
    assert.equal(verifyVrf(publicKey, input, proveVrf(secretKey, input, ECVRF_TAI)), undefined);
  }
});

for (const { path, prove, verify } of BOTH) {
  for (const { example, SK, PK, alpha, pi, beta } of vectorsOf('ECVRF-EDWARDS25519-SHA512-ELL2')) {
    test(`${path}: RFC 9381 example ${example}`, () => {
      assert.equal(hexOf(prove(bytesOf(SK), bytesOf(alpha))), pi);
      const output = verify(bytesOf(PK), bytesOf(alpha), bytesOf(pi));
      assert.equal(output && hexOf(output), beta);
    });
  }
}
