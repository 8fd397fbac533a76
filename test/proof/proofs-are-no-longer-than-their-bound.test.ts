import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_OBJECT_SIZE } from '../../src/content/geometry.ts';
import { PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { frameProof } from '../../src/proof/proof-frame.ts';
import { proofBound } from '../../src/proof/proof-bound.ts';
import { MAX_PROOF_SIZE } from '../../src/proof/read-proof.ts';
import { planProof } from '../../src/proof/replica-proof.ts';
import { objectId, OBJECT_KIND } from '../../src/content/object-id.ts';

const BYTES = new Uint8Array(32).fill(7);

/** Length of a proof of a file of `sizeBytes`, which nobody has to have. */
function lengthOf(
  sizeBytes: number,
  profile: number,
  asked: { mode: number; form: number; k: number },
): number {
  const facts = { kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot: BYTES };
  const statement = {
    ...facts,
    id: objectId(facts),
    profile,
    networkId: BYTES,
    storerKey: BYTES,
    seed: BYTES,
    round: 0n,
    replicaIndex: 0,
    layerRoots: Array.from({ length: profile }, () => BYTES),
  };
  const beacon = asked.form === PROOF_FORM.whole ? new Uint8Array(32) : BYTES;
  return frameProof(planProof(statement, { ...asked, beacon })).bytes.length;
}

test('no proof is longer than the bound of its challenge, for the largest objects either', () => {
  const { possession, relation, whole } = PROOF_FORM;
  for (const sizeBytes of [1, 131_072, 131_073, 2 ** 27 + 1, MAX_OBJECT_SIZE]) {
    for (const profile of [1, 2]) {
      for (const form of [possession, relation]) {
        for (const k of [1, 2, 128]) {
          const found = lengthOf(sizeBytes, profile, { mode: PROOF_MODE.audit, form, k });
          assert.ok(
            found <= proofBound({ form, k }),
            `${found} bytes, form ${form}, k ${k}, ${sizeBytes} bytes`,
          );
        }
      }
    }
  }
  const all = lengthOf(131_072, 2, { mode: PROOF_MODE.init, form: whole, k: 0 });
  assert.equal(all, proofBound({ form: whole, k: 0 }));
});

test('a challenge that asks for more than a proof may have is bounded by the longest one', () => {
  assert.equal(proofBound({ form: PROOF_FORM.relation, k: 2 ** 32 - 1 }), MAX_PROOF_SIZE);
});
