import { VRF_PROOF_SIZE } from '../../vrf/ecvrf.ts';
import { KEY_SIZE } from '../messages/signed-message.ts';
import { encodeUnsignedRound } from './round.ts';
import { firstSeed } from './seeds.ts';

/**
 * Round 0: the founding nodes, and nobody's signature.
 *
 * @param content - `registryRoot` is that of epoch 0; `records` the RegisterNode messages of the founding nodes
 * @throws ProvenderError `PROVENDER_INVALID` for more records than a round takes
 * @see rounds.md, "Round 0"
 */
export function genesisRound(content: {
  readonly networkId: Uint8Array;
  readonly unixMs: bigint;
  readonly registryRoot: Uint8Array;
  readonly records: readonly Uint8Array[];
}): Uint8Array {
  return encodeUnsignedRound({
    ...content,
    number: 0n,
    prevHash: new Uint8Array(32),
    seed: firstSeed(content.networkId),
    proposerKey: new Uint8Array(KEY_SIZE),
    vrfKey: new Uint8Array(KEY_SIZE),
    proof: new Uint8Array(VRF_PROOF_SIZE),
  });
}
