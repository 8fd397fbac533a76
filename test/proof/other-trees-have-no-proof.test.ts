import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId } from '../../src/content/object-id.ts';
import {
  type Challenge,
  challengedLeaves,
  challengeSeed,
  PROOF_FORM,
  PROOF_MODE,
} from '../../src/proof/challenge.ts';
import type { Statement } from '../../src/proof/commitment.ts';
import { planProof } from '../../src/proof/replica-proof.ts';
import { holdFile } from './held-object.ts';
import { reasonByAll } from './judged-by-all.ts';
import { cut, sha256, testBytes } from './reference-tree.ts';

const BLOCKS = 3;
const BEACONS = 30;

/** A tree that is not ours: how it hashes two neighbours, and what it puts beside a last node without one. */
interface Rule {
  readonly pair: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  readonly isLastDoubled: boolean;
}

const node = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(Uint8Array.of(1), left, right);
const RULES: Readonly<Record<string, Rule>> = {
  'with sorted pairs': {
    pair: (a, b) => (Buffer.compare(a, b) < 0 ? node(a, b) : node(b, a)),
    isLastDoubled: false,
  },
  'with a doubled last node': { pair: node, isLastDoubled: true },
  'without prefixes': { pair: (left, right) => sha256(left, right), isLastDoubled: false },
};
const OURS: Rule = { pair: node, isLastDoubled: false };

/** One level up. */
function above(level: readonly Uint8Array[], { pair, isLastDoubled }: Rule): Uint8Array[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const [left = new Uint8Array(), right] = level.slice(2 * i, 2 * i + 2);
    if (right !== undefined) return pair(left, right);
    return isLastDoubled ? pair(left, left) : left;
  });
}

/** All levels of the tree over the leaves of `layer`. */
function levelsOf(layer: Uint8Array, rule: Rule): readonly (readonly Uint8Array[])[] {
  const levels = [cut(layer, 64).map((leaf) => sha256(Uint8Array.of(0), leaf))];
  for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) level = above(level, rule);
  return levels;
}

function audit(beacon: number): Challenge {
  const filled = new Uint8Array(32).fill(beacon);
  return { mode: PROOF_MODE.rewardAudit, form: PROOF_FORM.possession, k: 1, beacon: filled };
}

function leafOf(statement: Statement, challenge: Challenge): number {
  const [leaf = 0] = challengedLeaves(challengeSeed(statement, challenge), 1, statement.sizeBytes / 64);
  return leaf;
}

/** The proof that a tree has of one leaf: whatever lies beside its path. */
function prove(statement: Statement, layer: Uint8Array, challenge: Challenge, rule: Rule): Uint8Array {
  const leaf = leafOf(statement, challenge);
  const siblings: Uint8Array[] = [];
  let index = leaf;
  for (const level of levelsOf(layer, rule).slice(0, -1)) {
    const beside = level[index ^ 1] ?? (rule.isLastDoubled ? level[index] : undefined);
    if (beside !== undefined) siblings.push(beside);
    index >>>= 1;
  }
  const numbers = new Uint8Array(12);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, 1);
  view.setUint32(4, leaf);
  view.setUint32(8, siblings.length);
  const { head } = planProof(statement, challenge);
  const opened = layer.subarray(64 * leaf, 64 * leaf + 64);
  return new Uint8Array(
    Buffer.concat([head, numbers.subarray(0, 8), opened, numbers.subarray(8), ...siblings]),
  );
}

/** What all paths say of proofs of single leaves of such a tree. A doubled node changes the paths of leaves of the last block only, so those are taken. */
function reasonsOf(rule: Rule): Set<string> {
  const layer = testBytes(BLOCKS * 4096);
  const dataRoot = levelsOf(layer, rule).at(-1)?.[0] ?? layer;
  const facts = { kind: 2, sizeBytes: layer.length, count: 1, dataRoot } as const;
  const statement = { ...holdFile(layer, 0).statement, ...facts, id: objectId(facts) };
  const challenges = Array.from({ length: BEACONS }, (_, i) => audit(i + 1));
  const inLast = challenges.filter((challenge) => leafOf(statement, challenge) >= 64 * (BLOCKS - 1));
  assert.ok(inLast.length > 2);
  return new Set(
    inLast.map((challenge) =>
      reasonByAll({ statement, challenge, proof: prove(statement, layer, challenge, rule) }),
    ),
  );
}

test('the tree of the format has proofs', () => {
  assert.deepEqual([...reasonsOf(OURS)], ['ok']);
});

for (const [name, rule] of Object.entries(RULES)) {
  test(`a tree ${name} has no proof that any path accepts, though its storer committed to it`, () => {
    const reasons = reasonsOf(rule);
    assert.ok(!reasons.has('ok'));
    assert.ok(reasons.has('root') || reasons.has('siblings'), [...reasons].join(' '));
  });
}

test('nodes of a tree are not leaves of a smaller object', () => {
  const layer = testBytes(2 * BLOCKS * 4096);
  const levels = levelsOf(layer, OURS);
  const hashes = new Uint8Array(Buffer.concat(levels[0] ?? []));
  const dataRoot = levels.at(-1)?.[0] ?? layer;
  const facts = { kind: 2, sizeBytes: hashes.length, count: 1, dataRoot } as const;
  const statement = { ...holdFile(layer, 0).statement, ...facts, id: objectId(facts) };
  const challenge = audit(4);
  const proof = prove(statement, hashes, challenge, OURS);
  assert.equal(reasonByAll({ statement, challenge, proof }), 'root');
});
