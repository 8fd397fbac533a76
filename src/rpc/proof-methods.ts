import type { Shares } from '../shares/shares.ts';
import { FILE_GRANTS, FILE_METHODS, SHARE_GRANTS, SHARE_METHODS } from './methods.ts';
import { proofItemToWire, proofToWire, questionFromWire } from './proof-wire.ts';
import type { ServiceHost } from './service-host.ts';

/** Puts the methods that prove shares onto a server. @see proto/provender/v1/share_service.proto */
export function addShareProofs(host: ServiceHost, shares: Shares): void {
  host.unary(
    { definition: SHARE_METHODS.verifyShare, grant: SHARE_GRANTS.verifyShare },
    async ({ question }, running) => {
      const proof = await shares.verifyShare(questionFromWire(question), { signal: running.signal });
      running.bytesOut += proof.proof.length;
      return { proof: proofToWire(proof) };
    },
  );
  host.unary(
    { definition: SHARE_METHODS.verifyShares, grant: SHARE_GRANTS.verifyShares },
    async ({ questions }, running) => {
      const items = await shares.verifyShares(questions.map(questionFromWire), { signal: running.signal });
      for (const item of items) running.bytesOut += 'proof' in item ? item.proof.proof.length : 0;
      return { items: items.map(proofItemToWire) };
    },
  );
}

/** Puts the method that proves files onto a server. @see proto/provender/v1/file_service.proto */
export function addFileProofs(host: ServiceHost, shares: Shares): void {
  host.unary(
    { definition: FILE_METHODS.verifyFile, grant: FILE_GRANTS.verifyFile },
    async ({ question }, running) => {
      const proof = await shares.verifyFile(questionFromWire(question), { signal: running.signal });
      running.bytesOut += proof.proof.length;
      return { proof: proofToWire(proof) };
    },
  );
}
