import type { Address } from '../../address.ts';

/** One claim as the contract takes it. */
export interface ContractClaim {
  readonly channelId: bigint;
  /** What is taken, at most what was signed and what the channel has. */
  readonly amount: bigint;
  /** What was signed. */
  readonly signedAmount: bigint;
  /** 65 bytes with v 27 or 28. */
  readonly signature: Uint8Array;
}

/** A call of the contract, to be shown or sent. */
export interface ClaimTransaction {
  readonly to: Address;
  readonly from: Address;
  /** The encoded call of `channelClaim`; it never sends anything back to the sender of the channel. */
  readonly data: `0x${string}`;
}

/** Sends claims with the provider's key. Errors: `PROVENDER_CHANNEL` with the reason of contract or chain. */
export interface ClaimSender {
  /** Whose key it is. */
  readonly address: Address;
  transactionOf(claim: ContractClaim): ClaimTransaction;
  /** Lets the chain run it without sending it. */
  simulate(transaction: ClaimTransaction): Promise<void>;
  /** Waits until the chain has all earlier transactions of this key: what they do is not known before. */
  settled(): Promise<void>;
  /** Gives its hash as soon as the chain has taken it. */
  send(transaction: ClaimTransaction): Promise<`0x${string}`>;
  /** Resolves when it is that many blocks deep; 1: it is in a block. */
  confirmed(hash: `0x${string}`, confirmations: number): Promise<{ readonly block: bigint }>;
}
