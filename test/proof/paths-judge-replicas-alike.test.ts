import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { blockCount } from '../../src/content/geometry.ts';
import { type Challenge, isChallenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { contentOf, randomNumbers } from '../support/content.ts';
import { FastReplica } from './fast-replica.ts';
import { nativePaths, reasonByAll } from './judged-by-all.ts';
import type { Draw } from './proof-mutations.ts';

const SEED = process.env['PROVENDER_TEST_SEED'] ?? randomBytes(4).toString('hex');
const EDGES = [0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 8192, 131_072, 131_073];
/** Without the addon there is nothing to compare with, and replicas take their time. */
const SIZES = nativePaths.length > 0 ? 200 : 6;
const MOST_BYTES = 3 * 2 ** 20;
const SEGMENT_BYTES = 2 ** 27;

/** Challenges of every mode, form and number of leaves that there are for such an object. */
function challengesFor(draw: Draw, blocks: number, passes: number): Challenge[] {
  const challenges: Challenge[] = [];
  for (const mode of Object.values(PROOF_MODE))
    for (const form of Object.values(PROOF_FORM))
      for (const k of [0, 1, 132, 527, 1 + draw(128)]) {
        const isZero = form === PROOF_FORM.whole || mode === PROOF_MODE.initAlone;
        const beacon = new Uint8Array(32).fill(isZero ? 0 : 1 + draw(255));
        challenges.push({ mode, form, k, beacon });
      }
  return challenges.filter((challenge) => isChallenge(challenge, { blocks, passes }));
}

/** A replica's proofs are good, and what is said of them with one bit flipped is the same on all paths. */
function checkReplica(draw: Draw, content: Uint8Array, profile: number): number {
  const replica = new FastReplica(content, profile);
  const { statement } = replica;
  // A proof of hundreds of leaves takes TypeScript tens of milliseconds, so that not every object has one.
  const challenges = challengesFor(draw, blockCount(content.length), profile).filter(
    ({ k }) => k < 20 || draw(k) < 20,
  );
  let judged = 0;
  for (const challenge of challenges) {
    const about = `seed ${SEED}: ${content.length} bytes, profile ${profile}, mode ${challenge.mode}, form ${challenge.form}, k ${challenge.k}`;
    const proof = replica.prove(challenge);
    assert.equal(reasonByAll({ statement, challenge, proof }), 'ok', about);
    judged++;
    if (draw(3) > 0) continue;
    const at = draw(proof.length);
    proof[at] = (proof[at] ?? 0) ^ (1 << draw(8));
    assert.notEqual(reasonByAll({ statement, challenge, proof }, 1), 'ok', `${about}, bit of byte ${at}`);
    judged++;
  }
  return judged;
}

test(`proofs of files of ${SIZES} random sizes and at the edges get the same verdict on all paths`, (t) => {
  t.diagnostic(`PROVENDER_TEST_SEED=${SEED}`);
  const draw = randomNumbers(SEED);
  const sizes = [...EDGES, ...Array.from({ length: SIZES }, () => draw(MOST_BYTES + 1))];
  let judged = 0;
  for (const [i, size] of sizes.entries())
    judged += checkReplica(draw, contentOf(`${SEED}/${i}`, size), (i + Math.floor(i / EDGES.length)) % 3);
  t.diagnostic(`${judged} proofs`);
});

test('proofs of a file of two segments get the same verdict on all paths', {
  skip: nativePaths.length === 0 ? 'encodes 192 MiB, for which the addon is needed' : false,
}, () => {
  const draw = randomNumbers(SEED);
  for (const profile of [1, 2])
    checkReplica(draw, contentOf(SEED, SEGMENT_BYTES + SEGMENT_BYTES / 2 + 1), profile);
});
