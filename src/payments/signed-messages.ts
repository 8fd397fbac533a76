import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import { type Address, addressBytes } from './address.ts';
import { keccak256 } from './keccak.ts';
import type { Payment } from './payment.ts';
import { uint256Bytes } from './uint256.ts';

/** What Ethereum puts before 32 bytes that a person signs, so that no transaction can be signed by mistake. @see EIP-191 */
const SIGNED_32_BYTES = utf8ToBytes('\x19Ethereum Signed Message:\n32');

/**
 * What a client signs for a call, and what the contract checks when the provider claims. 135 bytes. It names no chain: one address of the contract
 * must not serve two chains with one key.
 * @see payment-channels.md, section 5
 */
export function paymentMessage(mpe: Address, payment: Omit<Payment, 'signature'>): Uint8Array {
  return message('__MPE_claim_message', mpe, [payment.channelId, payment.nonce, payment.amount]);
}

/** What asks for the state of a channel. 103 bytes. */
export function channelStateMessage(mpe: Address, channelId: bigint, block: bigint): Uint8Array {
  return message('__get_channel_state', mpe, [channelId, block]);
}

/** What asks for the channels with something to claim. 68 bytes. */
export function listUnclaimedMessage(mpe: Address, block: bigint): Uint8Array {
  return message('__list_unclaimed', mpe, [block]);
}

/** What asks for the provider claims that have started. 70 bytes. */
export function listInProgressMessage(mpe: Address, block: bigint): Uint8Array {
  return message('__list_in_progress', mpe, [block]);
}

/** What starts the provider claim of a channel. 97 bytes. @param nonce - the latest that is stored; it guards against a replay */
export function startClaimMessage(mpe: Address, channelId: bigint, nonce: bigint): Uint8Array {
  return message('__start_claim', mpe, [channelId, nonce]);
}

/**
 * What starts the provider claims of several channels. 84 + 32 n bytes.
 *
 * @param channelIds - ascending
 * @throws ProvenderError `PROVENDER_INVALID` for ids that are not in ascending order
 */
export function startClaimsMessage(mpe: Address, channelIds: readonly bigint[], block: bigint): Uint8Array {
  channelIds.forEach((id, at) => {
    const before = channelIds[at - 1];
    if (before !== undefined && id <= before)
      throw new ProvenderError('PROVENDER_INVALID', `channel ${id} after ${before}: not ascending`);
  });
  return message('__StartClaimForMultipleChannels_', mpe, [...channelIds, block]);
}

/** What is signed of a message: 32 bytes. @see payment-channels.md, section 5 */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return keccak256(concatBytes(SIGNED_32_BYTES, keccak256(bytes)));
}

function message(prefix: string, mpe: Address, numbers: readonly bigint[]): Uint8Array {
  return concatBytes(utf8ToBytes(prefix), addressBytes(mpe), ...numbers.map(uint256Bytes));
}
