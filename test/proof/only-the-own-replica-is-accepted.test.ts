import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { type HeldObject, holdFile } from './held-object.ts';
import { reasonByAll } from './judged-by-all.ts';
import { testBytes } from './reference-tree.ts';
import { rootOf } from './replica-vectors.ts';

const BEACON = new Uint8Array(32).fill(7);
const possession: Challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 8, beacon: BEACON };
const initWhole: Challenge = {
  mode: PROOF_MODE.init,
  form: PROOF_FORM.whole,
  k: 0,
  beacon: new Uint8Array(32),
};
const initSampled: Challenge = { mode: PROOF_MODE.init, form: PROOF_FORM.relation, k: 132, beacon: BEACON };

/** What the verifier says of a proof that is made of other layers than the statement tells of. */
function answer({ statement }: HeldObject, layers: readonly Uint8Array[], challenge: Challenge): string {
  return reasonByAll({ statement, challenge, proof: proveReplica(statement, layers, challenge) });
}

for (const profile of [1, 2]) {
  test(`branches of the content, of a lower layer or of another storer's replica are no possession; profile ${profile}`, () => {
    const content = testBytes(5 * 4096);
    const held = holdFile(content, profile);
    assert.equal(answer(held, held.layers, possession), 'ok');
    for (let layer = 0; layer < profile; layer++) {
      const lower = held.layers.map(() => held.layers[layer] ?? content);
      assert.equal(answer(held, lower, possession), 'root', `layer ${layer}`);
    }
    for (const change of [{ storerKey: new Uint8Array(32).fill(9) }, { round: 6n }, { replicaIndex: 1 }])
      assert.equal(answer(held, holdFile(content, profile, change).layers, possession), 'root');
  });

  for (const { blocks, challenge, reason } of [
    { blocks: 3, challenge: initWhole, reason: 'root' },
    { blocks: 33, challenge: initSampled, reason: 'relation' },
  ]) {
    test(`a commitment to garbage has no init proof; profile ${profile}, ${blocks} blocks`, () => {
      const { statement, layers } = holdFile(testBytes(blocks * 4096), profile);
      const garbage = layers.map((layer, l) => (l === 0 ? layer : testBytes(layer.length, l + 50)));
      const lying = {
        statement: { ...statement, layerRoots: garbage.slice(1).map(rootOf) },
        layers: garbage,
      };
      assert.equal(answer(lying, garbage, challenge), reason);
    });
  }
}
