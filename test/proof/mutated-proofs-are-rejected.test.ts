import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { randomNumbers } from '../support/content.ts';
import { holdFile } from './held-object.ts';
import { type Judged, nativePaths, reasonByAll } from './judged-by-all.ts';
import { isSame, mutate, MUTATIONS } from './proof-mutations.ts';
import { testBytes } from './reference-tree.ts';

const CHANGES = process.env['PROVENDER_TEST_LONG'] === '1' ? 1_000_000 : 50_000;
const SEED = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');

const audit = (form: number, k: number): Challenge => ({
  mode: PROOF_MODE.audit,
  form,
  k,
  beacon: new Uint8Array(32).fill(7),
});
const init = (k: number): Challenge => ({
  mode: PROOF_MODE.init,
  form: k === 0 ? PROOF_FORM.whole : PROOF_FORM.relation,
  k,
  beacon: new Uint8Array(32).fill(k === 0 ? 0 : 9),
});

/** Good proofs of a file of that many blocks, the last one not full. */
function goodProofs(blocks: number, profile: number, challenges: readonly Challenge[]): Judged[] {
  const { statement, layers } = holdFile(testBytes(4096 * blocks - 100, blocks), profile);
  return challenges.map((challenge) => ({
    statement,
    challenge,
    proof: proveReplica(statement, layers, challenge),
  }));
}

const { relation, possession } = PROOF_FORM;
const common = [0, 1, 2].flatMap((profile) => {
  const forms = profile === 0 ? [possession] : [possession, relation];
  const audits = forms.flatMap((form) => [audit(form, 1), audit(form, 5)]);
  return [...goodProofs(3, profile, audits), ...goodProofs(37, profile, audits)];
});
/** Long ones, which take their time. */
const rare = [
  ...[0, 1, 2].flatMap((profile) => goodProofs(1, profile, [init(0)])),
  ...[1, 2].flatMap((profile) => goodProofs(33, profile, [init(132)])),
];
/** Every how many changes a long one comes. */
const RARE = 100;

test(`${CHANGES} changes of proofs in ${MUTATIONS} ways: none is accepted, none crashes, all paths agree`, (t) => {
  t.diagnostic(`PROVENDER_TEST_SEED=${SEED}; paths: typescript ${nativePaths.join(' ')}`);
  const draw = randomNumbers(SEED);
  const pick = (list: readonly Judged[]): Judged => list[draw(list.length)] ?? list[0] ?? assert.fail();
  const reasons = new Map<string, number>();
  for (let change = 0; change < CHANGES; ) {
    const good = pick(change % RARE === 0 ? rare : common);
    const bad = mutate(draw, good, pick(common));
    // The slower paths take turns: one of the addon's judges every change, all of them every tenth.
    const reason = reasonByAll(bad, change % 10 === 0 ? nativePaths.length : 1);
    if (reason === 'ok' && isSame(bad, good)) continue; // swapped with itself, or written as it was
    assert.notEqual(reason, 'ok', `change ${change} of seed ${SEED} was accepted`);
    change++;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(reasons)));
  for (const reason of ['format', 'limit', 'statement', 'challenge', 'indices', 'siblings', 'root'])
    assert.ok(reasons.has(reason), `no change led to ${reason}`);
});

test('every good proof is accepted by all paths', () => {
  for (const good of [...common, ...rare]) assert.equal(reasonByAll(good), 'ok');
});
