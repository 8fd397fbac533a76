import type { Tag } from '../tag.ts';

/** What was decided, for ever, about a paid upload. */
export type PaymentDecision =
  | { readonly is: 'drop' }
  | { readonly is: 'paid'; readonly tag: Tag; readonly head: Uint8Array };

/**
 * Where the fate of a paid upload is decided: whoever comes first, the commit of the payment or somebody who wants to drop the data.
 *
 * Before it has its payment committed, an upload makes a guarded write on the catalog object of its id, after its last stripe was answered: OSDs that
 * hold stripes may not have heard of a fence, so a fenced session could go on staging after its data was looked through, and nobody would publish what
 * was paid. A fenced session is refused at the catalog. The model of section 11.1 shows the loss without this write.
 *
 * @see object-layout.md, section 5, "Paid upload"
 */
export interface PaymentMarks {
  /** Puts "drop" for payment `operation` if nothing stands there, and gives what stands then. The answer never changes. */
  dropOrPublish(operation: Uint8Array): Promise<PaymentDecision>;
}
