import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectId, parseObjectId } from '../../src/content/object-id.ts';
import { checkProof, type SignedProof } from '../../src/proof/check-proof.ts';
import { replicaId, signCommitment, type Statement } from '../../src/proof/commitment.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import type { Verdict } from '../../src/proof/verdict.ts';
import { makeSigner } from '../support/open-shares.ts';
import { referenceFileId } from '../support/share-content.ts';
import { testBytes } from './reference-tree.ts';

const signer = makeSigner();
const content = testBytes(3 * 4096);
const challenge = { mode: 4, form: 1, k: 4, beacon: testBytes(32, 8) };

function rootOf(bytes: Uint8Array): Uint8Array {
  return new TreeBuilder().update(bytes).finish().dataRoot;
}

/** A proof of a file in profile 2, and its Commitment by `by`. */
function signedProof(by = signer): SignedProof & { id: ObjectId; statement: Statement } {
  const unplaced: Statement = {
    profile: 2,
    networkId: new Uint8Array(32),
    id: referenceFileId(content),
    kind: 2,
    sizeBytes: content.length,
    count: 1,
    dataRoot: rootOf(content),
    storerKey: signer.publicKey,
    seed: new Uint8Array(32),
    round: 0n,
    replicaIndex: 0,
    layerRoots: [],
  };
  const layers = encodeReplica(content, { replicaId: replicaId(unplaced), passes: 2 });
  const statement = { ...unplaced, layerRoots: layers.slice(1).map(rootOf) };
  const commitment = signCommitment(statement, by);
  return { id: statement.id, statement, commitment, proof: proveReplica(statement, layers, challenge) };
}

const sound = signedProof();

function reason(verdict: Verdict): string {
  return verdict.ok ? 'ok' : verdict.reason;
}

test('a proof is accepted with a Commitment that its storer signed, of the object and storer that are expected', () => {
  assert.equal(reason(checkProof(sound, { challenge })), 'ok');
  const expected = { challenge, id: sound.id, storerKey: signer.publicKey };
  assert.equal(reason(checkProof(sound, expected)), 'ok');
  assert.equal(reason(checkProof(sound, { ...expected, id: parseObjectId(testBytes(32)) })), 'statement');
  assert.equal(reason(checkProof(sound, { ...expected, storerKey: testBytes(32) })), 'statement');
  const other = { ...challenge, beacon: testBytes(32, 9) };
  assert.equal(reason(checkProof(sound, { challenge: other })), 'challenge');
});

test('a Commitment that somebody else signed is not accepted', () => {
  assert.equal(reason(checkProof(signedProof(makeSigner()), { challenge })), 'statement');
});

test('bytes that are no Commitment or no proof lead to a verdict', () => {
  const { commitment, proof } = sound;
  for (const bytes of [
    new Uint8Array(),
    Uint8Array.of(1),
    proof,
    commitment.subarray(1),
    Buffer.concat([commitment, proof]),
  ])
    assert.equal(reason(checkProof({ commitment: bytes, proof }, { challenge })), 'statement');
  for (const bytes of [new Uint8Array(), commitment, proof.subarray(1), proof.subarray(0, 100)])
    assert.equal(reason(checkProof({ commitment, proof: bytes }, { challenge })), 'format');
});

test('one bit that is flipped anywhere in a Commitment, or somewhere in a proof, is found', () => {
  const { commitment, proof } = sound;
  const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  };
  for (let bit = 0; bit < 8 * commitment.length; bit += 3)
    assert.notEqual(
      reason(checkProof({ commitment: flipped(commitment, bit), proof }, { challenge })),
      'ok',
      `bit ${bit}`,
    );
  for (let bit = 0; bit < 8 * proof.length; bit += 101)
    assert.notEqual(
      reason(checkProof({ commitment, proof: flipped(proof, bit) }, { challenge })),
      'ok',
      `bit ${bit}`,
    );
});
