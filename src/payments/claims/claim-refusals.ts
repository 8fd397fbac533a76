import { ProvenderError } from '../../content/provender-error.ts';
import { type Address, checksumAddress } from '../address.ts';
import { channelName } from '../refusals.ts';

/** The request is for another contract. @see payment-channels.md, section 9 */
export function otherContract(text: string): ProvenderError {
  const message = `the mpeAddress: ${text.slice(0, 100)} passed does not match to what has been registered`;
  return new ProvenderError('PROVENDER_INVALID', message);
}

/** Nobody's signature. */
export function noSigner(): ProvenderError {
  return new ProvenderError('PROVENDER_UNPAID', 'incorrect signature');
}

/** Somebody who is not the provider. */
export function otherSigner(signer: Address): ProvenderError {
  const message = `the address: ${checksumAddress(signer)} does not match to what has been expected / registered`;
  return new ProvenderError('PROVENDER_UNPAID', message);
}

/** Neither chain nor store know the channel. */
export function unknownChannel(channelId: bigint): ProvenderError {
  const message = `channel Id ${channelId} was not found on blockchain or storage`;
  return new ProvenderError('PROVENDER_NOT_FOUND', message);
}

/** Nothing was signed on the latest nonce. */
export function nothingSigned(channelId: bigint): ProvenderError {
  const message = `authorized amount is zero , hence nothing to claim on the channel Id: ${channelId}`;
  return new ProvenderError('PROVENDER_CHANNEL_BUSY', message);
}

/** An earlier claim of the channel is not finished. */
export function claimInProgress(channelId: bigint): ProvenderError {
  const message = `claim on channel: ${channelName(channelId)} is already in progress`;
  return new ProvenderError('PROVENDER_CHANNEL_BUSY', message);
}
