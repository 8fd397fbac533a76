import { ProvenderError } from '../content/provender-error.ts';
import type { Address } from '../payments/address.ts';
import type { ChannelStates } from '../payments/channel-state.ts';
import type { ProviderClaims } from '../payments/claims/provider-claims.ts';
import type { ChainReader } from '../payments/chain/chain-reader.ts';
import type { Payment } from '../payments/payment.ts';
import type { PriceSchedule } from '../payments/price-schedule.ts';
import type { PaidCall, PaymentTransaction } from '../payments/transaction/payment-transaction.ts';

/** Takes the payment of a call. */
export interface PaidCalls {
  /**
   * Locks and validates, does the work, commits unless the work has done so, then answers. What fails before the commit is rolled back; a fault of
   * the server behind it lets the identical payment be repeated without charge.
   * @throws ProvenderError as payment-channels.md, sections 6 and 7 say, and what `work` throws
   */
  run<T>(payment: Payment, call: PaidCall, work: (tx: PaymentTransaction) => Promise<T>): Promise<T>;
}

/** What a channel has to be opened with. */
interface PaymentFacts {
  readonly organization: string;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly paymentAddress: Address;
  readonly mpe: Address;
  readonly evmChainId: bigint;
}

/** What a node that takes payments serves besides its shares. */
export interface PaymentServices {
  readonly calls: PaidCalls;
  readonly schedule: PriceSchedule;
  /** Of this replica; marks of paid uploads carry it. */
  readonly replica: number;
  readonly states: Pick<ChannelStates, 'answer'>;
  readonly control: Pick<ProviderClaims, 'listUnclaimed' | 'listInProgress' | 'start' | 'startMany'>;
  readonly facts: PaymentFacts;
  readonly chain: Pick<ChainReader, 'currentBlock'>;
}

/** The payments of a node. @throws ProvenderError `PROVENDER_UNSUPPORTED` at one that takes none */
export function paymentsOf(payments: PaymentServices | undefined): PaymentServices {
  if (payments !== undefined) return payments;
  throw new ProvenderError('PROVENDER_UNSUPPORTED', 'this node takes no payments: its calls cost nothing');
}
