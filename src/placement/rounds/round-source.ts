/**
 * Rounds and a letter box of one primary, for a node that does not reach the state store. Nothing of it is trusted: who follows checks every byte.
 *
 * Failures of the way there are `PROVENDER_UNAVAILABLE` or `PROVENDER_TIMEOUT`; what the primary refuses keeps its own code.
 */
export interface RoundSource {
  /** `host:port` of the primary, for messages. */
  readonly address: string;
  /** Round messages from number `from` (included) on, each once and in order, then new ones as they come, until the signal aborts. */
  follow(from: bigint, options?: { readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Hands in a record for a round. @returns when the primary has accepted it, which is before it is in a round */
  submit(record: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
