import { proofBound } from '../proof/proof-bound.ts';
import { MAX_PROOF_SIZE } from '../proof/read-proof.ts';
import type { Shares, ShareQuestion } from '../shares/shares.ts';
import { FILE_GRANTS, FILE_METHODS, SHARE_GRANTS, SHARE_METHODS } from './methods.ts';
import { proofItemToWire, proofToWire, questionFromWire } from './proof-wire.ts';
import type { RunningCall } from './running-call.ts';
import type { ServiceHost } from './service-host.ts';

/** Puts the methods that prove shares onto a server. @see proto/provender/v1/share_service.proto */
export function addShareProofs(host: ServiceHost, shares: Shares): void {
  host.unary(
    { definition: SHARE_METHODS.verifyShare, grant: SHARE_GRANTS.verifyShare },
    async (request, running) => {
      const question = questionFromWire(request.question);
      holdProofs(running, [question]);
      const proof = await shares.verifyShare(question, { signal: running.signal });
      running.bytesOut += proof.proof.length;
      return { proof: proofToWire(proof) };
    },
  );
  host.unary(
    { definition: SHARE_METHODS.verifyShares, grant: SHARE_GRANTS.verifyShares },
    async (request, running) => {
      const questions = request.questions.map(questionFromWire);
      holdProofs(running, questions);
      const items = await shares.verifyShares(questions, { signal: running.signal });
      for (const item of items) running.bytesOut += 'proof' in item ? item.proof.proof.length : 0;
      return { items: items.map(proofItemToWire) };
    },
  );
}

/** Puts the method that proves files onto a server. @see proto/provender/v1/file_service.proto */
export function addFileProofs(host: ServiceHost, shares: Shares): void {
  host.unary(
    { definition: FILE_METHODS.verifyFile, grant: FILE_GRANTS.verifyFile },
    async (request, running) => {
      const question = questionFromWire(request.question);
      holdProofs(running, [question]);
      const proof = await shares.verifyFile(question, { signal: running.signal });
      running.bytesOut += proof.proof.length;
      return { proof: proofToWire(proof) };
    },
  );
}

/** Counts what the answer may have; one answer holds no more than the longest proof. */
function holdProofs(running: RunningCall, questions: readonly ShareQuestion[]): void {
  const bytes = questions.reduce((sum, { challenge }) => sum + proofBound(challenge), 0);
  running.hold(Math.min(MAX_PROOF_SIZE, bytes));
}
