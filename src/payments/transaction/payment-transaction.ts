import type { Address } from '../address.ts';
import type { Payment } from '../payment.ts';
import type { PaidMark } from '../records/paid-mark.ts';

export type { PaidMark } from '../records/paid-mark.ts';

/** What is asked of the storage service about staged data of paid uploads. Both are idempotent. */
export interface StagedShares {
  publish(mark: PaidMark): Promise<void>;
  drop(mark: PaidMark): Promise<void>;
}

/** What a payment is for. */
export interface PaidCall {
  /** Name of the method, for the lock and for people. */
  readonly method: string;
  /** What the call costs: the income of the payment has to equal it. */
  readonly price: bigint;
  /** SHA-256 of the request, 32 bytes: a repeat has to be for the same one. */
  readonly request: Uint8Array;
  /** Cancels the start; a started transaction is ended by `rollback`. */
  readonly signal?: AbortSignal;
}

/**
 * A call that has the lock of its channel.
 *
 * States: started -> committing -> paid, unpaid or unknown; started -> rolled back.
 *
 * @see payment-channels.md, section 7
 */
export interface PaymentTransaction {
  /** Names it for ever, 16 bytes: staged data and the channel record carry it. */
  readonly op: Uint8Array;
  /** Sender of the channel. */
  readonly sender: Address;
  /** What this call pays; 0 for a repeat. */
  readonly income: bigint;
  /** Aborts when the replica has lost its lease: the call cannot be paid any more. */
  readonly signal: AbortSignal;
  /**
   * Pays and unlocks in one step; from its start nothing rolls the payment back.
   * @param mark - of an upload whose data is staged and unpublished
   * @throws ProvenderError `PROVENDER_CONFLICT`: not paid, for good; drop the data. `PROVENDER_PAYMENT_UNKNOWN`: undecided; keep the data, it is
   *   published or dropped through `StagedShares` once that is known.
   */
  commit(mark?: PaidMark): Promise<void>;
  /** The staged data of a paid upload is published: its mark goes. */
  published(): Promise<void>;
  /** A fault of the server. Behind the commit the identical payment may be repeated without charge; before it, the same as `rollback`. */
  failed(): Promise<void>;
  /** Ends the call unpaid and unlocks. Without effect once `commit` was called. */
  rollback(): Promise<void>;
}

/** Takes payments for calls. */
export interface PaymentGate {
  /**
   * Locks the channel and validates the payment.
   * @throws ProvenderError as payment-channels.md, section 6 says
   */
  start(payment: Payment, call: PaidCall): Promise<PaymentTransaction>;
}
