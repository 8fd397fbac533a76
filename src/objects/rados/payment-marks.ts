import type { Tag } from '../tag.ts';

/** What was decided, for ever, about a paid upload. */
export type PaymentDecision =
  | { readonly is: 'drop' }
  | { readonly is: 'paid'; readonly tag: Tag; readonly head: Uint8Array };

/**
 * Where the fate of a paid upload is decided: whoever comes first, the commit of the payment or somebody who wants to drop the data.
 *
 * @see object-layout.md, section 5, "Paid upload"
 */
export interface PaymentMarks {
  /** Puts "drop" for payment `operation` if nothing stands there, and gives what stands then. The answer never changes. */
  dropOrPublish(operation: Uint8Array): Promise<PaymentDecision>;
}
