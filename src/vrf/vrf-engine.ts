/** A proof and what it is to prove. */
export interface VrfQuestion {
  /** Y, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** α. */
  readonly input: Uint8Array;
  /** π, 80 bytes when it is one. */
  readonly proof: Uint8Array;
}

/** Proofs of the lottery, many at once, away from the event loop. */
export interface VrfEngine {
  /** π for each α in order, with the node's VRF key; 80 bytes each. */
  prove(inputs: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  /** β for each question in order; `undefined` where the proof does not hold under the strict rule. */
  verify(questions: readonly VrfQuestion[]): Promise<readonly (Uint8Array | undefined)[]>;
}
