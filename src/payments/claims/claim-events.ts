import type { NonceEnding } from '../chain/chain-reader.ts';

/** A signed amount of one nonce. */
export interface SignedNonce {
  readonly channelId: bigint;
  readonly nonce: bigint;
  readonly amount: bigint;
}

/** What provider claims report. Each listener is optional and must not throw. Nothing secret is in an event. */
export interface ClaimEvents {
  /** A claim was started: its signature has been handed out, and the channel is paid on the next nonce. */
  started?(event: SignedNonce): void;
  /** The chain shows that a nonce is over. */
  ended?(event: SignedNonce & { readonly ending: NonceEnding }): void;
  /** Money that was earned did not come in whole: the sender took the channel back, or less was claimed than was signed. Somebody has to look. */
  alarm?(
    event: SignedNonce & { readonly reason: 'timed-out' | 'claimed-less'; readonly claimed: bigint },
  ): void;
  /** A reorganisation of the chain took an end back: the amount has to be claimed again. Told at every look until it is over again. */
  reopened?(event: SignedNonce): void;
  /** One channel could not be looked at; the others were. */
  channelFailed?(event: { readonly channelId: bigint; readonly error: unknown }): void;
}
