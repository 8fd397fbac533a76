/** A signed amount that the provider can claim, or is claiming. */
export interface ClaimablePayment {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly amount: bigint;
  /** 65 bytes with v 27 or 28, as the contract wants it; absent until its claim is started. */
  readonly signature?: Uint8Array;
  /** The block at which the channel expires; 0 where that is not known any more. */
  readonly expiration: bigint;
}
