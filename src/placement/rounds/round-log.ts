import type { Snapshot } from '../registry/snapshot.ts';

/** A round as the log keeps it. */
export interface LoggedRound {
  readonly number: bigint;
  /** H(tag(round) ‖ all bytes), 32 bytes. */
  readonly hash: Uint8Array;
  /** The Round message. */
  readonly bytes: Uint8Array;
}

/** Where a log ends. */
export interface LogHead {
  readonly number: bigint;
  readonly hash: Uint8Array;
}

/**
 * The log of rounds of a network, every one of them checked: what stands in for a chain until there is a ledger. Starts with the genesis round.
 *
 * Errors: `PROVENDER_NOT_FOUND` for a round that is not there yet, `PROVENDER_CONFLICT` when the head has moved, `PROVENDER_INVALID` for what does
 * not belong into the log, `PROVENDER_CORRUPT` when two different rounds with one number were seen (both are kept as evidence),
 * `PROVENDER_UNAVAILABLE`, `PROVENDER_AMBIGUOUS`, `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`.
 *
 * @see rounds.md, "Port RoundLog"
 */
export interface RoundLog extends AsyncDisposable {
  head(): LogHead;
  get(round: bigint): Promise<LoggedRound>;
  /** Appends a round; only primaries of the genesis do. @param expected - the head that it was made for */
  append(round: Uint8Array, expected: LogHead): Promise<LoggedRound>;
  /** Rounds from `from` (included), as they come, until the signal aborts. */
  follow(from: bigint, options?: { readonly signal?: AbortSignal }): AsyncIterable<LoggedRound>;
  /** The registry as rounds of an epoch use it; known up to the epoch behind that of the head. */
  registryAt(epoch: bigint): Promise<Snapshot>;
  /** Hands in an Announce, RegisterNode, UpdateNode or SetKey, which waits for a round. @returns when it is accepted, not yet in a round */
  submit(record: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Why nothing may be built on this log any more; absent while all is well. */
  fault(): string | undefined;
  close(): Promise<void>;
}
