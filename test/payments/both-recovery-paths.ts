import { recoverPublicKey as chosen, recoveryKernelInfo } from '../../src/payments/kernels.ts';
import { recoverPublicKey as reference, type SignedDigest } from '../../src/payments/public-key-recovery.ts';

/** Recovers public keys on one path. */
export interface RecoveryPath {
  readonly path: string;
  readonly recover: (signed: SignedDigest) => Uint8Array | undefined;
}

/** The path that this machine has chosen; in a build with the addon it is the native one. */
const CHOSEN: RecoveryPath = {
  path: recoveryKernelInfo().native ? 'native' : 'chosen, typescript',
  recover: chosen,
};

/** The path that the other must agree with. */
const REFERENCE: RecoveryPath = { path: 'typescript', recover: reference };

export const BOTH: readonly RecoveryPath[] = [REFERENCE, CHOSEN];
