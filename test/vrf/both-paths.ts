import * as chosen from '../../src/vrf/kernels.ts';
import * as reference from '../../src/vrf/ecvrf.ts';

/** Proves and checks on one path. */
export interface VrfPath {
  readonly path: string;
  readonly prove: (secretKey: Uint8Array, alpha: Uint8Array) => Uint8Array;
  readonly verify: (publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array) => Uint8Array | undefined;
}

/** The path that this machine has chosen; in a build with the addon it is the native one. */
export const CHOSEN: VrfPath = {
  path: chosen.vrfKernelInfo().native ? 'native' : 'chosen, typescript',
  prove: chosen.proveVrf,
  verify: chosen.verifyVrf,
};

/** The path that all others must agree with. */
export const REFERENCE: VrfPath = {
  path: 'typescript',
  prove: reference.proveVrf,
  verify: reference.verifyVrf,
};

export const BOTH: readonly VrfPath[] = [REFERENCE, CHOSEN];
