import assert from 'node:assert/strict';
import type { Challenge } from '../../src/proof/challenge.ts';
import type { Statement } from '../../src/proof/commitment.ts';
import { availableKernels } from '../../src/proof/kernels.ts';
import { encodeQuestion } from '../../src/proof/proof-question.ts';
import { type RejectionReason, verdictOfNumber } from '../../src/proof/verdict.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';

/** What is asked, and the answer. */
export interface Judged {
  readonly statement: Statement;
  readonly challenge: Challenge;
  readonly proof: Uint8Array;
}

const native = availableKernels().filter((kernel) => kernel.verifyProof !== undefined);

/** Names of the paths of the addon that judge beside the TypeScript twin; none where it is not built. */
export const nativePaths: readonly string[] = native.map(({ path }) => path);

/**
 * What TypeScript says of a proof, after asserting that paths of the addon say the same.
 * @param paths - how many of them: all, or the fastest only where there is no time for all
 */
export function reasonByAll(
  { statement, challenge, proof }: Judged,
  paths: number = native.length,
): RejectionReason | 'ok' {
  const verdict = verifyReplicaProof(statement, challenge, proof);
  const reason = verdict.ok ? 'ok' : verdict.reason;
  const question = encodeQuestion(statement, challenge);
  if (question === undefined) return reason;
  for (const kernel of native.slice(0, paths)) {
    const number = kernel.verifyProof?.(question.statement, question.challenge, proof) ?? 0;
    const found = verdictOfNumber(number);
    assert.equal(found.ok ? 'ok' : found.reason, reason, kernel.path);
  }
  return reason;
}
