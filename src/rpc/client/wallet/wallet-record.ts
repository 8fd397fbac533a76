import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { Address } from '../../../payments/address.ts';
import { readUint256 } from '../../../payments/uint256.ts';

/** A payment whose outcome is not known, or that is on its way. */
interface TriedPayment {
  readonly amount: bigint;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** Of the call that it pays for: SHA-256 of path and first message, 32 bytes. */
  readonly request: Uint8Array;
}

/** What a payer knows of one channel. */
export interface WalletRecord {
  /** The contract that payments are signed for. */
  readonly mpe: Address;
  readonly evmChainId: bigint;
  readonly channelId: bigint;
  /** Whose key signs. */
  readonly payer: Address;
  readonly nonce: bigint;
  /** Cumulative amount that the provider has taken on the nonce. */
  readonly accepted: bigint;
  /** Written before it is sent. */
  readonly trying?: TriedPayment;
}

const uint256 = z.string().transform((text, context) => {
  const value = readUint256(text);
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'is no number' });
  return z.NEVER;
});
const bytes = (size: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${2 * size}}$`))
    .transform((text) => hexToBytes(text));
const address = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .transform((text): Address => `0x${text}`);

const RECORD = z.strictObject({
  v: z.literal(1),
  t: z.literal('wallet-channel'),
  mpe: address,
  evmChainId: uint256,
  channelId: uint256,
  payer: address,
  nonce: uint256,
  accepted: uint256,
  trying: z.strictObject({ amount: uint256, signature: bytes(65), request: bytes(32) }).optional(),
});

/** JSON in a fixed order, with hex without `0x` and decimal strings, as all records of money. @see payment-channels.md, section 3 */
export function encodeWalletRecord(record: WalletRecord): string {
  const { mpe, evmChainId, channelId, payer, nonce, accepted, trying } = record;
  return `${JSON.stringify({
    v: 1,
    t: 'wallet-channel',
    mpe: mpe.slice(2),
    evmChainId: String(evmChainId),
    channelId: String(channelId),
    payer: payer.slice(2),
    nonce: String(nonce),
    accepted: String(accepted),
    ...(trying && {
      trying: {
        amount: String(trying.amount),
        signature: bytesToHex(trying.signature),
        request: bytesToHex(trying.request),
      },
    }),
  })}\n`;
}

/** Reads what `encodeWalletRecord` wrote. @throws ProvenderError `PROVENDER_CORRUPT`: a record that is not understood is never guessed */
export function decodeWalletRecord(text: string, path: string): WalletRecord {
  try {
    const { v: _version, t: _type, trying, ...fields } = RECORD.parse(JSON.parse(text));
    return { ...fields, ...(trying && { trying }) };
  } catch (error) {
    throw new ProvenderError(
      'PROVENDER_CORRUPT',
      `${path}: is no record of a payer's channel of version 1; move it away, then the channel is read from the node again`,
      { details: { path }, cause: error },
    );
  }
}
