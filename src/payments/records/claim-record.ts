import { signatureField, uint256Field } from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** The provider claim of a channel that has started and that the chain does not show yet: the highest signature of its nonce. */
export interface ClaimRecord {
  readonly nonce: bigint;
  readonly amount: bigint;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** The block that it was started at. */
  readonly startBlock: bigint;
}

const form = recordForm<ClaimRecord>('claim', {
  nonce: uint256Field,
  amount: uint256Field,
  signature: signatureField,
  startBlock: uint256Field,
});

/** The value of a `claim/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export const encodeClaim: (record: ClaimRecord) => Uint8Array = form.encode;

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL` for other bytes or another version */
export const decodeClaim: (bytes: Uint8Array) => ClaimRecord = form.decode;
