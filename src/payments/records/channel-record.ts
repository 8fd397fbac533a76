import type { Address } from '../address.ts';
import {
  addressField,
  bytesField,
  countField,
  flagField,
  optional,
  signatureField,
  uint256Field,
} from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** What is stored of a channel: the last payment that was accepted on it. @see payment-channels.md, section 3 */
export interface ChannelRecord {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly sender: Address;
  readonly signer: Address;
  readonly recipient: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** As the chain had it when the record was written; computed anew at every use. */
  readonly fullAmount: bigint;
  /** A block number; as `fullAmount`. */
  readonly expiration: bigint;
  /** All that was paid on this nonce. Never decreases while the nonce stays. */
  readonly authorizedAmount: bigint;
  /** Of `authorizedAmount`, 65 bytes; absent when that is 0. */
  readonly signature?: Uint8Array;
  /** Names the operation that wrote the record; decides ambiguous commits. 16 bytes. */
  readonly op: Uint8Array;
  /** The replica that wrote it. */
  readonly by: number;
  /** Version of the prices that were asked. */
  readonly schedule: number;
  /** Fingerprint of the paid request, 32 bytes. */
  readonly request: Uint8Array;
  /** The paid call may be repeated once without a charge. */
  readonly repeat: boolean;
}

const form = recordForm<ChannelRecord>(
  'channel',
  {
    channelId: uint256Field,
    nonce: uint256Field,
    sender: addressField,
    signer: addressField,
    recipient: addressField,
    groupId: bytesField(32),
    fullAmount: uint256Field,
    expiration: uint256Field,
    authorizedAmount: uint256Field,
    signature: optional(signatureField),
    op: bytesField(16),
    by: countField,
    schedule: countField,
    request: bytesField(32),
    repeat: flagField,
  },
  ({ authorizedAmount, signature }) =>
    (signature === undefined) === (authorizedAmount === 0n)
      ? undefined
      : `amount ${authorizedAmount} ${signature === undefined ? 'without' : 'with'} a signature`,
);

/** The value of a `channel/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export const encodeChannel: (record: ChannelRecord) => Uint8Array = form.encode;

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL`, `payment channel error: ...`, for other bytes or another version */
export const decodeChannel: (bytes: Uint8Array) => ChannelRecord = form.decode;
