import { checkBlockWindow } from '../block-window.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { recoverSigner } from '../signatures.ts';
import type { ClaimParts } from './claim-parts.ts';
import { noSigner, otherContract, otherSigner } from './claim-refusals.ts';

type Checks = Pick<ClaimParts, 'chain' | 'policy'>;

/** A request whose signed block says when it was made. */
export interface TimedRequest {
  /** As the request spells it, in any case. */
  readonly mpeAddress: string;
  readonly currentBlock: bigint;
  readonly signature: Uint8Array;
}

/**
 * Refuses a request that is for another contract, not about now, or not of the provider.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNPAID`; `PROVENDER_CHANNEL` when the current block is not known
 * @see payment-channels.md, section 9, "Checks"
 */
export function checkTimedRequest(checks: Checks, request: TimedRequest, message: Uint8Array): void {
  checkContract(checks, request.mpeAddress);
  checkBlockWindow(request.currentBlock, checks.chain.currentBlock());
  checkProvider(checks, message, request.signature);
}

/** @throws ProvenderError `PROVENDER_INVALID` for another contract than the node's */
export function checkContract({ policy }: Checks, mpeAddress: string): void {
  if (mpeAddress.toLowerCase() !== policy.mpe) throw otherContract(mpeAddress);
}

/** @throws ProvenderError `PROVENDER_UNPAID` unless the key of the payment address has signed */
export function checkProvider({ policy }: Checks, message: Uint8Array, signature: Uint8Array): void {
  const signer = recoverSigner(message, signature);
  if (signer === undefined) throw noSigner();
  if (signer !== policy.paymentAddress) throw otherSigner(signer);
}

/**
 * The ids as they are signed.
 * @throws ProvenderError `PROVENDER_INVALID` when one is there twice: its second claim could only fail
 */
export function ascending(channelIds: readonly bigint[]): bigint[] {
  const sorted = channelIds.toSorted((a, b) => (a < b ? -1 : 1));
  const twice = sorted.find((id, at) => id === sorted[at - 1]);
  if (twice === undefined) return sorted;
  throw new ProvenderError('PROVENDER_INVALID', `channel ${twice} is there twice; name each once`);
}
