import { bytesToHex } from '@noble/hashes/utils.js';
import { isSelected } from '../../vrf/lottery.ts';
import { selectionInput } from '../../vrf/selection-input.ts';
import type { Claim } from '../messages/claim.ts';
import { claimHash } from '../messages/claim.ts';
import type { PlacementReason } from '../reasons.ts';
import type { Lottery } from './lottery.ts';
import type { Candidate } from './run/seat.ts';
import type { VrfBatches } from './vrf-batches.ts';

/** A claim with its message. */
export interface ClaimMessage {
  readonly claim: Claim;
  readonly message: Uint8Array;
}

/** What a claim is checked against. */
export interface ClaimContext {
  readonly lottery: Pick<Lottery, 'seed' | 'snapshot'>;
  /** τ of attempt 0 in thousandths. */
  readonly tauNumerator: bigint;
  readonly vrf: VrfBatches;
}

/**
 * Checks snapshot membership, the proof and the threshold of a claim, in this order: cheap before dear.
 * @returns the candidate, or why it is none
 * @throws what the engine throws
 * @see storer-selection.md, sections 4 and 6
 */
export async function checkClaim(
  { claim, message }: ClaimMessage,
  { lottery, tauNumerator, vrf }: ClaimContext,
): Promise<Candidate | PlacementReason> {
  const { networkId, round, attempt, id, storerKey, proof } = claim;
  const { seed, snapshot } = lottery;
  const leaf = snapshot.find(storerKey);
  if (leaf === undefined || leaf.weight === 0n) return 'unregistered';
  const input = selectionInput({ networkId, round, seed, attempt }, id);
  const output = await vrf.verify({ publicKey: leaf.vrfKey, input, proof });
  if (output === undefined) return 'proof';
  const { weight, operatorId, region } = leaf;
  const odds = { tauNumerator, attempt, totalWeight: snapshot.totalWeight };
  if (!isSelected({ output, weight }, odds)) return 'threshold';
  const hash = bytesToHex(claimHash(message));
  return { hash, claim: message, attempt, storerKey, output, weight, operatorId, region };
}
