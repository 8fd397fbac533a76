import { ProvenderError } from '../content/provender-error.ts';
import type { Address } from '../payments/address.ts';
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

/** Who asks for the state of a channel, and signs that. */
export interface ChannelStateQuestion {
  /** Big-endian, 1 to 32 bytes. */
  readonly channelId: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  readonly currentBlock: bigint;
}

/** Latest state of a channel; amounts and signatures are absent together, where nothing was signed. */
export interface ChannelStateAnswer {
  readonly currentNonce: bigint;
  readonly currentSignedAmount?: bigint;
  readonly currentSignature?: Uint8Array;
  /** Of the nonce before, while its claim is pending. */
  readonly oldNonceSignedAmount?: bigint;
  readonly oldNonceSignature?: Uint8Array;
}

/** Answers questions about channels. @see payment-channels.md, section 8 */
export interface ChannelStatesService {
  /** @throws ProvenderError with the texts of that section */
  answer(question: ChannelStateQuestion): Promise<ChannelStateAnswer>;
}

/** A signed request of the provider for a list. */
export interface ClaimListQuestion {
  readonly mpeAddress: string;
  readonly currentBlock: bigint;
  readonly signature: Uint8Array;
}

/** A payment that can be claimed; one that no claim was started for shows no signature. */
export interface ClaimablePayment {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly amount: bigint;
  readonly signature?: Uint8Array;
  /** Block at which the channel expires. */
  readonly expiration: bigint;
}

/** What several claims came to. */
export interface StartedClaims {
  readonly payments: readonly ClaimablePayment[];
  /** Why the next one in order was not started; absent when all were. */
  readonly failure?: ProvenderError;
}

/** Hands payments out to be claimed from the contract. @see payment-channels.md, section 9 */
export interface ProviderClaimsService {
  listUnclaimed(question: ClaimListQuestion): Promise<readonly ClaimablePayment[]>;
  listInProgress(question: ClaimListQuestion): Promise<readonly ClaimablePayment[]>;
  start(request: {
    readonly mpeAddress: string;
    readonly channelId: Uint8Array;
    readonly signature: Uint8Array;
  }): Promise<ClaimablePayment>;
  /** @throws ProvenderError when not even the first one was started */
  startMany(request: {
    readonly mpeAddress: string;
    readonly channelIds: readonly bigint[];
    readonly currentBlock: bigint;
    readonly signature: Uint8Array;
  }): Promise<StartedClaims>;
}

/** What a channel has to be opened with. */
export interface PaymentFacts {
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
  readonly states: ChannelStatesService;
  readonly control: ProviderClaimsService;
  readonly facts: PaymentFacts;
  readonly chain: Pick<ChainReader, 'currentBlock'>;
}

/** The payments of a node. @throws ProvenderError `PROVENDER_UNSUPPORTED` at one that takes none */
export function paymentsOf(payments: PaymentServices | undefined): PaymentServices {
  if (payments !== undefined) return payments;
  throw new ProvenderError('PROVENDER_UNSUPPORTED', 'this node takes no payments: its calls cost nothing');
}
