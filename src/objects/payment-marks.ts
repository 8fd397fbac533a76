import { ProvenderError } from '../content/provender-error.ts';
import type { Tag } from './tag.ts';

/** What was decided, for ever, about a paid upload. */
export type PaymentDecision =
  | { readonly is: 'drop' }
  | { readonly is: 'paid'; readonly tag: Tag; readonly head: Uint8Array };

/**
 * Where the fate of a paid upload is decided: whoever comes first, the commit of the payment or somebody who wants to drop the data. A store asks about
 * data that an earlier opening left; what an upload of its own is to become its caller says (`ObjectStore.settle`).
 *
 * @see object-layout.md, section 5, "Paid upload"
 */
export interface PaymentMarks {
  /**
   * Puts "drop" for payment `operation` if nothing stands there, and gives what stands then. The answer never changes.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when the state store does not answer: the data stays, undecided
   */
  dropOrPublish(operation: Uint8Array): Promise<PaymentDecision>;
}

/** Facts about paid data that a store reports. Each listener is optional and must not throw. */
export interface PaidDataEvents {
  /** Staged data with a payment stays, for nobody is there to ask what was decided about the payment. */
  paidDataKept?(event: { readonly tag: string; readonly operation: string }): void;
}

/** Bytes of the id of a payment's operation. */
export const OPERATION_SIZE = 16;

/** @throws ProvenderError `PROVENDER_INVALID` for an operation of another length than 16 bytes */
export function checkOperation(operation: Uint8Array | undefined): void {
  if (operation === undefined || operation.length === OPERATION_SIZE) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `operation of a payment with ${operation.length} bytes, not ${OPERATION_SIZE}`,
  );
}
