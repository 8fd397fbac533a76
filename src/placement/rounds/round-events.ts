import type { ProvenderError } from '../../content/provender-error.ts';

/** What a log or its proposer tells; a node logs and counts it. */
export interface RoundEvents {
  /** A record that waited fits no round any more, and is gone. */
  dropped?(record: Uint8Array, reason: ProvenderError): void;
  /** A round could not be made, appended or read; it is tried again. */
  trouble?(what: 'append' | 'follow' | 'pending', error: unknown): void;
  /** A primary or peer sent what does not hold; the next one is asked. */
  rejected?(address: string, error: ProvenderError): void;
  /** Nothing may be built on the log any more. */
  fault?(reason: string): void;
  /** A round's time and the clock of this machine are more than 10 s apart; positive when the round is ahead. */
  clockDiffers?(differenceMs: number): void;
}
