/** A signed cumulative amount of one channel, as a call brings it. */
export interface Payment {
  readonly channelId: bigint;
  readonly nonce: bigint;
  /** All that was paid on this nonce so far, this call included, in the smallest token unit. */
  readonly amount: bigint;
  /** r ‖ s ‖ v, 65 bytes. */
  readonly signature: Uint8Array;
}
