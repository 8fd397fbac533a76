import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { encodeQuestion } from '../../src/proof/proof-question.ts';
import { proveReplica } from '../../src/proof/replica-proof.ts';
import { holdFile } from '../proof/held-object.ts';
import { type Judged, nativePaths, reasonByAll } from '../proof/judged-by-all.ts';
import { mutate } from '../proof/proof-mutations.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { randomNumbers } from '../support/content.ts';

const SEED = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');
const CHANGES = 3000;
const NUMBERS = 10;

const CHALLENGES: readonly Omit<Challenge, 'beacon'>[] = [
  { mode: PROOF_MODE.audit, form: PROOF_FORM.possession, k: 7 },
  { mode: PROOF_MODE.audit, form: PROOF_FORM.relation, k: 7 },
  { mode: PROOF_MODE.init, form: PROOF_FORM.whole, k: 0 },
];

const good: readonly Judged[] = [1, 2].flatMap((profile) => {
  const { statement, layers } = holdFile(testBytes(2 * 4096 - 30), profile);
  return CHALLENGES.map((asked) => {
    const challenge = { ...asked, beacon: new Uint8Array(32).fill(asked.k) };
    return { statement, challenge, proof: proveReplica(statement, layers, challenge) };
  });
});

/** A copy that ends where its memory ends, so that a sanitizer sees whatever is read behind it. */
function alone({ statement, challenge, proof }: Judged): Judged {
  return { statement, challenge, proof: new Uint8Array(proof.slice().buffer) };
}

test(`${CHANGES} changed proofs: every path of the addon stays within their bytes and says what TypeScript says`, (t) => {
  t.diagnostic(`PROVENDER_TEST_SEED=${SEED}; paths: ${nativePaths.join(' ')}`);
  const draw = randomNumbers(SEED);
  for (let change = 0; change < CHANGES; change++) {
    const [one, other] = [good[draw(good.length)], good[draw(good.length)]];
    if (one === undefined || other === undefined) continue;
    reasonByAll(alone(mutate(draw, one, other)));
  }
});

test('a proof that is cut anywhere is rejected on every path', () => {
  for (const one of good) {
    assert.equal(reasonByAll(alone(one)), 'ok');
    const step = one.proof.length > 2000 ? 37 : 1;
    for (let end = 0; end < one.proof.length; end += step)
      assert.notEqual(reasonByAll(alone({ ...one, proof: one.proof.subarray(0, end) })), 'ok');
  }
});

test('a statement, a challenge or a proof of another type or length is a type error', () => {
  const [one] = good;
  const question = one && encodeQuestion(one.statement, one.challenge);
  if (one === undefined || question === undefined) return assert.fail();
  const { statement, challenge } = question;
  const bad: (readonly unknown[])[] = [
    [],
    [statement],
    [statement, challenge],
    [statement, challenge, 'proof'],
    [statement, challenge, null],
    [statement, challenge, new Uint16Array(200)],
    [statement, challenge, new ArrayBuffer(200)],
    [statement, challenge.subarray(1), one.proof],
    [statement, new Uint8Array(41), one.proof],
    [statement.subarray(1), challenge, one.proof],
    [new Uint8Array(0), challenge, one.proof],
    [new Uint8Array(188), challenge, one.proof],
    [NUMBERS, challenge, one.proof],
  ];
  for (const kernel of availableKernels()) {
    const judge = kernel.verifyProof?.bind(kernel);
    if (judge === undefined) continue;
    for (const [i, words] of bad.entries())
      assert.throws(() => Reflect.apply(judge, kernel, words), TypeError, `${kernel.path}: ${i}`);
  }
});

test('a statement of many roots, and bytes of shared memory, lead to a verdict', () => {
  const [one] = good;
  const question = one && encodeQuestion(one.statement, one.challenge);
  if (one === undefined || question === undefined) return assert.fail();
  const long = new Uint8Array(189 + 32 * 1000);
  long.set(question.statement);
  const shared = new Uint8Array(new SharedArrayBuffer(one.proof.length));
  shared.set(one.proof);
  for (const kernel of availableKernels()) {
    if (kernel.verifyProof === undefined) continue;
    assert.equal(kernel.verifyProof(long, question.challenge, one.proof), 3, kernel.path);
    assert.equal(kernel.verifyProof(question.statement, question.challenge, shared), 0, kernel.path);
  }
});
