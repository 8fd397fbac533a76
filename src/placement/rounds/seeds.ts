import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';

const SEED_TAG = hashTag('seed');
const SEED_VRF_TAG = hashTag('seedvrf');

/** α of the proposer of round r: H(tag(seedvrf) ‖ networkId ‖ u64 r ‖ seed_(r-1)), 32 bytes. @see storer-selection.md, section 3 */
export function seedInput(round: {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** r. */
  readonly round: bigint;
  /** seed_(r-1), 32 bytes. */
  readonly previousSeed: Uint8Array;
}): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, round.round);
  return sha256(SEED_VRF_TAG, round.networkId, number, round.previousSeed);
}

/** seed_r = H(tag(seed) ‖ β), 32 bytes. @param beta - what the VRF of the proposer gave, 64 bytes */
export function seedOf(beta: Uint8Array): Uint8Array {
  return sha256(SEED_TAG, beta);
}

/** seed_0 = H(tag(seed) ‖ networkId), 32 bytes. @see rounds.md, "Round 0" */
export function firstSeed(networkId: Uint8Array): Uint8Array {
  return sha256(SEED_TAG, networkId);
}
