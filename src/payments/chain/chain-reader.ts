import type { Address } from '../address.ts';

/** A channel as the contract says it is. @see payment-channels.md, section 11 */
export interface ChannelView {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly sender: Address;
  readonly signer: Address;
  readonly recipient: Address;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** In the smallest token unit. */
  readonly value: bigint;
  /** A block number. */
  readonly expiration: bigint;
  /** The block that it was read at. */
  readonly block: bigint;
}

/** How a nonce of a channel ended on the chain. */
export type NonceEnding =
  | {
      readonly is: 'paid';
      readonly amount: bigint;
      readonly transaction: `0x${string}`;
      readonly block: bigint;
    }
  | { readonly is: 'timed-out'; readonly transaction: `0x${string}`; readonly block: bigint }
  /** No event of it can be read. */
  | { readonly is: 'unknown' };

/** What every call may bring. */
export interface ChainOptions {
  readonly signal?: AbortSignal;
}

/** What a question for an ended nonce may bring. */
export interface EndingOptions extends ChainOptions {
  /** The nonce had not ended yet at this block. */
  readonly fromBlock?: bigint;
}

/** Reads the escrow contract; never writes. Errors: `PROVENDER_CHANNEL` when the chain cannot be read. @see payment-channels.md, section 12 */
export interface ChainReader {
  /** The latest block; never goes back. @throws ProvenderError `PROVENDER_CHANNEL` when none was seen within `maxBlockAge` */
  currentBlock(): bigint;
  /** What was read last, when that is not older than `maxViewAge`. */
  cached(channelId: bigint): ChannelView | undefined;
  /** Asks the chain; `undefined` when it has no such channel. */
  read(channelId: bigint, options?: ChainOptions): Promise<ChannelView | undefined>;
  /** How `nonce` of a channel ended whose nonce on the chain is greater. */
  ending(channelId: bigint, nonce: bigint, options?: EndingOptions): Promise<NonceEnding>;
}
