import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { objectId } from '../../src/content/object-id.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { replicaId, type Statement } from '../../src/proof/commitment.ts';
import { foldNodes, leafHashes } from '../../src/proof/merkle.ts';
import { encodeReplica } from '../../src/proof/replica.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import type { RejectionReason } from '../../src/proof/verdict.ts';
import { reasonByAll } from './judged-by-all.ts';
import { rootOf } from './replica-vectors.ts';
import { testBytes } from './reference-tree.ts';

const BEACON = new Uint8Array(32).fill(7);
const HEAD = 108;
const BLOCKS = 3;
const SIZE = BLOCKS * 4096 - 100;

/** An object, its layers, and the statement of its storer. */
interface Held {
  readonly statement: Statement;
  readonly layers: readonly Uint8Array[];
}

function hold(profile: number, change: Partial<Statement> = {}): Held {
  const content = testBytes(SIZE);
  const layer = new Uint8Array(BLOCKS * 4096);
  layer.set(content);
  const facts = { kind: 2, sizeBytes: SIZE, count: 1, dataRoot: rootOf(content) } as const;
  const bare: Statement = {
    ...facts,
    profile,
    networkId: new Uint8Array(32).fill(1),
    id: objectId(facts),
    storerKey: new Uint8Array(32).fill(2),
    seed: new Uint8Array(32).fill(3),
    round: 5n,
    replicaIndex: 0,
    layerRoots: [],
    ...change,
  };
  const layers = encodeReplica(layer, { replicaId: replicaId(bare), passes: profile });
  const layerRoots = layers.slice(1).map((bytes) => foldNodes(leafHashes(bytes)));
  return { statement: { ...bare, layerRoots }, layers };
}

const relation: Challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k: 4, beacon: BEACON };
const possession: Challenge = { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 4, beacon: BEACON };
const whole: Challenge = {
  mode: PROOF_MODE.init,
  form: PROOF_FORM.whole,
  k: 0,
  beacon: new Uint8Array(32),
};
const holders = new Map([0, 1, 2].map((profile) => [profile, hold(profile)]));

function holder(profile: number): Held {
  const found = holders.get(profile);
  if (found === undefined) throw new Error(`profile ${profile}`);
  return found;
}

const cases = [
  { profile: 0, challenge: possession },
  { profile: 0, challenge: whole },
  ...[1, 2].flatMap((profile) => [relation, possession, whole].map((challenge) => ({ profile, challenge }))),
].map(({ profile, challenge }) => {
  const { statement, layers } = holder(profile);
  return { statement, challenge, proof: proveReplica(statement, layers, challenge) };
});

function reasonOf(statement: Statement, challenge: Challenge, proof: Uint8Array): RejectionReason | 'ok' {
  return reasonByAll({ statement, challenge, proof });
}

test('each proof is accepted as it is, also at any offset of a buffer', () => {
  for (const { statement, challenge, proof } of cases) {
    assert.equal(reasonOf(statement, challenge, proof), 'ok');
    const moved = new Uint8Array(proof.length + 3);
    moved.set(proof, 3);
    assert.equal(reasonOf(statement, challenge, moved.subarray(3)), 'ok');
  }
});

test('any change of a proof is rejected, and nothing throws', () => {
  const change = fc.oneof(
    fc.record({ do: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ do: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
    fc.record({ do: fc.constant('extend' as const), at: fc.nat(100), bit: fc.constant(0) }),
    fc.record({ do: fc.constant('repeat' as const), at: fc.nat(), bit: fc.constant(0) }),
  );
  const one = fc.constantFrom(...cases);
  fc.assert(
    fc.property(one, change, ({ statement, challenge, proof }, { do: verb, at, bit }) => {
      const place = at % proof.length;
      let changed = proof.slice();
      if (verb === 'flip') changed[place] = (changed[place] ?? 0) ^ (1 << bit);
      if (verb === 'cut') changed = proof.slice(0, place);
      if (verb === 'extend') changed = new Uint8Array(Buffer.concat([proof, new Uint8Array(at + 1)]));
      if (verb === 'repeat') changed = new Uint8Array(Buffer.concat([proof.subarray(0, place), proof]));
      if (verb === 'repeat' && place === 0) return;
      assert.notEqual(reasonOf(statement, challenge, changed), 'ok');
    }),
    { numRuns: 400 },
  );
});

test('a proof for another storer, round, network, replica, profile, mode, k, form or beacon is rejected', () => {
  const { statement, layers } = holder(1);
  const proof = proveReplica(statement, layers, relation);
  const others: Partial<Statement>[] = [
    { storerKey: new Uint8Array(32) },
    { round: 6n },
    { seed: new Uint8Array(32) },
    { networkId: new Uint8Array(32) },
    { replicaIndex: 1 },
    { layerRoots: [new Uint8Array(32)] },
  ];
  for (const other of others)
    assert.equal(reasonOf({ ...statement, ...other }, relation, proof), 'statement', Object.keys(other)[0]);
  assert.equal(reasonOf(holder(2).statement, relation, proof), 'statement');
  assert.equal(reasonOf({ ...statement, sizeBytes: SIZE - 1 }, relation, proof), 'statement');
  assert.equal(reasonOf({ ...statement, sizeBytes: 2 ** 40 }, relation, proof), 'statement');
  assert.equal(reasonOf({ ...statement, profile: 9 }, relation, proof), 'statement');
  for (const other of [
    { mode: PROOF_MODE.rewardAudit, k: 1 },
    { k: 5 },
    { form: PROOF_FORM.possession },
    { beacon: new Uint8Array(32) },
    { mode: PROOF_MODE.init, k: 132 },
    { k: 0 },
    { k: 129 },
    { mode: 5 },
  ])
    assert.equal(reasonOf(statement, { ...relation, ...other }, proof), 'challenge', JSON.stringify(other));
});

/** A proof with one number of its first multiproof changed. */
function withNumber(proof: Uint8Array, at: number, value: number): Uint8Array {
  const changed = proof.slice();
  new DataView(changed.buffer).setUint32(HEAD + at, value);
  return changed;
}

test('counts and indices that lie are rejected with their reason, before memory is taken', () => {
  const { statement, layers } = holder(1);
  const proof = proveReplica(statement, layers, possession);
  const leaves = new DataView(proof.buffer).getUint32(HEAD);
  assert.equal(reasonOf(statement, possession, withNumber(proof, 0, 2 ** 32 - 1)), 'limit');
  assert.equal(reasonOf(statement, possession, withNumber(proof, 0, 0)), 'format');
  assert.equal(reasonOf(statement, possession, withNumber(proof, 4, 2 ** 32 - 1)), 'indices');
  assert.equal(reasonOf(statement, possession, withNumber(proof, 4, 64 * BLOCKS)), 'indices');
  const second = new DataView(proof.buffer).getUint32(HEAD + 8);
  assert.equal(reasonOf(statement, possession, withNumber(proof, 4, second)), 'indices', 'repeated');
  const siblingsAt = 4 + leaves * 68;
  assert.equal(reasonOf(statement, possession, withNumber(proof, siblingsAt, 2 ** 32 - 1)), 'limit');
  const short = withNumber(proof, siblingsAt, new DataView(proof.buffer).getUint32(HEAD + siblingsAt) - 1);
  assert.equal(reasonOf(statement, possession, short.slice(0, -32)), 'siblings');
  assert.equal(reasonOf(statement, possession, new Uint8Array(8 * 2 ** 20 + 1)), 'limit');
  assert.equal(reasonOf(statement, possession, new Uint8Array()), 'format');
});

test('a storer that keeps the content, or right labels of the wrong layer, has no relation proof', () => {
  const { statement, layers } = holder(2);
  const [content = new Uint8Array(), first = new Uint8Array()] = layers;
  const garbage = testBytes(content.length, 9);
  const forged = [content, garbage, layers[2] ?? content];
  const layerRoots = forged.slice(1).map((bytes) => foldNodes(leafHashes(bytes)));
  const lying = { ...statement, layerRoots };
  assert.equal(reasonOf(lying, relation, proveReplica(lying, forged, relation)), 'relation');
  const plain = [content, content, content];
  const same = { ...statement, layerRoots: [statement.dataRoot, statement.dataRoot] };
  assert.equal(reasonOf(same, relation, proveReplica(same, plain, relation)), 'relation');
  const swapped = [content, first, first];
  const twice = { ...statement, layerRoots: swapped.slice(1).map((bytes) => foldNodes(leafHashes(bytes))) };
  assert.equal(reasonOf(twice, relation, proveReplica(twice, swapped, relation)), 'relation');
});

test('bytes behind the content are rejected though every hash fits', () => {
  const layer = testBytes(BLOCKS * 4096);
  const dataRoot = rootOf(layer);
  const facts = { kind: 2, sizeBytes: SIZE, count: 1, dataRoot } as const;
  for (const profile of [0, 1, 2]) {
    const statement = { ...holder(profile).statement, ...facts, id: objectId(facts) };
    const layers = encodeReplica(layer, { replicaId: replicaId(statement), passes: profile });
    const layerRoots = layers.slice(1).map((bytes) => foldNodes(leafHashes(bytes)));
    const lying = { ...statement, layerRoots };
    assert.equal(reasonOf(lying, whole, proveReplica(lying, layers, whole)), 'padding');
  }
});
