import type { ObjectId } from '../../content/object-id.ts';
import type { Address } from '../../payments/address.ts';
import type { PriceSchedule } from '../../payments/price-schedule.ts';

/** Bytes of an object that a call asks for, each chunk of a collection as 4096; all that follow `offset` when there is no length. */
export interface ServedRange {
  readonly id: ObjectId;
  readonly offset: bigint;
  readonly length?: bigint;
  /** Of a file that the node may not know. */
  readonly receipt?: Uint8Array;
}

/** What the price of a call depends on besides its method. */
export type CallSize =
  /** Nothing: its price is fixed. */
  | { readonly is: 'fixed' }
  /** Bytes that the call brings, as its first message declares them. */
  | { readonly is: 'stored'; readonly bytes: bigint }
  /** Bytes of an object that it asks for; the node knows how many those are. */
  | { readonly is: 'served'; readonly range: ServedRange }
  /** So many at most: fewer where some of what it asks for is not there, or is short. */
  | { readonly is: 'at-most'; readonly bytes: bigint };

/** A call that may cost something, before it is made. */
export interface PaidCall {
  /** As the price schedule names it: `SetShare`. */
  readonly method: string;
  readonly size: CallSize;
  /** 32 bytes that stand for path and first message: the same call again has the same ones. */
  readonly request: Uint8Array;
  /** Milliseconds that paying, and asking again while that may help, may take. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The call can still be made once more: what it sends is not used up. */
  readonly isRepeatable: () => boolean;
}

/** Headers of a payment, name and value each; a `-bin` header has bytes. None for a call that is free. */
export type PaymentHeaders = readonly (readonly [string, string | Uint8Array])[];

/** Makes the call once; resolves when the node has taken the payment, with its answer or the first message of it. */
export type PaidAttempt<T> = (headers: PaymentHeaders, leftMs: number) => Promise<T>;

/** What a node says about payments. */
export interface PaymentTerms {
  readonly schedule: PriceSchedule;
  readonly mpe: Address;
  readonly organization: string;
  readonly paymentAddress: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly evmChainId: bigint;
  /** The latest block that the node knows; absent while it knows none. */
  readonly block?: bigint;
}

/** What a node holds of a channel. Nothing was signed on the nonce: amount 0 and no signature. */
export interface StatedChannel {
  readonly nonce: bigint;
  readonly amount: bigint;
  /** 65 bytes. */
  readonly signature?: Uint8Array;
  /** Of the nonce before, while the provider takes its money for that. */
  readonly old?: { readonly amount: bigint; readonly signature: Uint8Array };
}

/** A node as whoever pays it sees it. None of these calls costs anything. */
export interface PayableNode {
  terms(leftMs: number): Promise<PaymentTerms>;
  /** Price of a read, in the smallest token unit. @throws ProvenderError `PROVENDER_NOT_FOUND` */
  quote(method: string, range: ServedRange, leftMs: number): Promise<bigint>;
  /** @param question - `signature` of the GetChannelState message over that block, 65 bytes */
  channelState(
    question: { readonly channelId: bigint; readonly block: bigint; readonly signature: Uint8Array },
    leftMs: number,
  ): Promise<StatedChannel>;
}

/** Pays for the calls of a client. A channel wallet is one; without any, calls go out unpaid. */
export interface ClientPayments {
  /**
   * Makes a call with what it needs of payment headers, none when it is free. The attempt may be repeated.
   * @throws what the last attempt threw; `PROVENDER_UNPAID` for a price above what the payer allows
   */
  pay<T>(call: PaidCall, node: PayableNode, attempt: PaidAttempt<T>): Promise<T>;
}
