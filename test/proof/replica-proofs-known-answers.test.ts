import assert from 'node:assert/strict';
import { test } from 'node:test';
import { challengedLeaves, challengeSeed } from '../../src/proof/challenge.ts';
import { commR, replicaId } from '../../src/proof/commitment.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { reasonByAll } from './judged-by-all.ts';
import { hex, sha256 } from './reference-tree.ts';
import { known, layerZero, statementOf } from './replica-vectors.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

for (const vector of known.vectors) {
  const name = `${vector.label}, profile ${vector.profile}`;
  const statement = statementOf(vector);

  test(`the challenge of ${name}`, () => {
    assert.equal(hex(replicaId(statement)), vector.replicaId);
    assert.equal(hex(commR(statement)), vector.commR);
    const { mode, k, chalSeed, leaves } = vector.challenge;
    const seed = challengeSeed(statement, { mode, k, beacon: bytes(known.beacon) });
    assert.equal(hex(seed), chalSeed);
    assert.deepEqual(challengedLeaves(seed, k, 64 * vector.nBlocks), leaves);
  });

  test(`the proofs of ${name}`, () => {
    const layers = encodeReplica(layerZero(vector), {
      replicaId: bytes(vector.replicaId),
      passes: vector.R.length,
    });
    for (const { mode, form, k, beaconUsed, ...expected } of vector.proofs) {
      const challenge = {
        mode,
        form,
        k,
        beacon: beaconUsed === 'zero' ? new Uint8Array(32) : bytes(known.beacon),
      };
      const proof = proveReplica(statement, layers, challenge);
      assert.deepEqual(
        { bytes: proof.length, sha256: hex(sha256(proof)) },
        expected,
        `mode ${mode}, form ${form}`,
      );
      assert.equal(reasonByAll({ statement, challenge, proof }), 'ok');
    }
  });
}

test('proofs and replicas in Buffers get the same verdict and stay as they are', () => {
  for (const vector of known.vectors.filter(({ nBlocks }) => nBlocks <= 4)) {
    const statement = statementOf(vector);
    const plan = { replicaId: bytes(vector.replicaId), passes: vector.R.length };
    const layer0 = Buffer.from(layerZero(vector));
    const layers = encodeReplica(layer0, plan);
    assert.ok(layer0.equals(layerZero(vector)));
    for (const { mode, form, k, beaconUsed } of vector.proofs) {
      const beacon = beaconUsed === 'zero' ? Buffer.alloc(32) : Buffer.from(known.beacon, 'hex');
      const challenge = { mode, form, k, beacon };
      const proof = Buffer.from(proveReplica(statement, layers, challenge));
      const before = Buffer.from(proof);
      assert.equal(reasonByAll({ statement, challenge, proof }), 'ok');
      assert.ok(proof.equals(before));
    }
  }
});
