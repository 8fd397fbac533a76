import {
  flagField,
  optional,
  signatureField,
  transactionField,
  uint256Field,
  wordField,
} from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** How a nonce ended on the chain: the provider got its money; the sender took the channel back; or nobody can tell. */
const OUTCOMES = ['paid', 'timed-out', 'unknown'] as const;

/** A nonce that is over on the chain, with its highest signature: a reorganisation may open it again. @see payment-channels.md, section 9 */
export interface EndedRecord {
  readonly nonce: bigint;
  /** What was signed. */
  readonly amount: bigint;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** A lost amount, which no provider claim was started for, is `unknown` until the chain is asked. */
  readonly outcome: (typeof OUTCOMES)[number];
  /** With `paid`: what the chain gave, which may be less than was signed. */
  readonly claimedAmount?: bigint;
  readonly transaction?: `0x${string}`;
  /** The block of the transaction, or the one at which the nonce was seen to be over. */
  readonly block: bigint;
  /** It was seen to be over deep enough below the latest block, and is not looked at again. Absent until then. */
  readonly final?: boolean;
}

const form = recordForm<EndedRecord>('ended', {
  nonce: uint256Field,
  amount: uint256Field,
  signature: signatureField,
  outcome: wordField(OUTCOMES),
  claimedAmount: optional(uint256Field),
  transaction: optional(transactionField),
  block: uint256Field,
  final: optional(flagField),
});

/** The value of an `ended/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export const encodeEnded: (record: EndedRecord) => Uint8Array = form.encode;

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL` for other bytes or another version */
export const decodeEnded: (bytes: Uint8Array) => EndedRecord = form.decode;
