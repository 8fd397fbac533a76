import type { ChainReader } from '../chain/chain-reader.ts';
import type { RecordPlace } from '../held-records.ts';
import type { PaymentPolicy } from '../validate.ts';
import type { ClaimEvents } from './claim-events.ts';

/** What provider claims work with. */
export interface ClaimParts extends RecordPlace {
  readonly chain: ChainReader;
  readonly policy: Pick<PaymentPolicy, 'mpe' | 'paymentAddress'>;
  /** Blocks below the latest from which on the end of a nonce is believed for good. */
  readonly finalityBlocks: bigint;
  /** Random bytes: each record that is written names its operation. */
  readonly random: (length: number) => Uint8Array;
  readonly events: ClaimEvents;
}
