/** A record with its place in history. */
export interface StateRecord {
  readonly key: string;
  /** The caller's own copy. */
  readonly value: Uint8Array;
  /** Revision of the transaction that made the record; it keeps it until it is deleted. */
  readonly createRevision: bigint;
  /** Revision of the transaction that wrote it last. */
  readonly modRevision: bigint;
}

/** A condition of a transaction. A revision of 0 says that there is no such record. */
export type StateCompare =
  | { readonly key: string; readonly createRevision: bigint }
  | { readonly key: string; readonly modRevision: bigint }
  | { readonly key: string; readonly value: Uint8Array };

/** A step of a transaction. A record that is put with a lease goes when the lease ends. */
export type StateStep =
  | { readonly put: string; readonly value: Uint8Array; readonly lease?: StateLease }
  | { readonly delete: string }
  | { readonly get: string };

/** What a transaction does: all of `then` when every condition holds, else all of `else`. */
export interface StateTxn {
  /** At most 128 of each. */
  readonly compare?: readonly StateCompare[];
  readonly then?: readonly StateStep[];
  readonly else?: readonly StateStep[];
}

/** What became of a transaction. */
export interface StateTxnResult {
  /** Every condition held. */
  readonly succeeded: boolean;
  /** Of the store after it. */
  readonly revision: bigint;
  /** Answers of the `get` steps that ran, in their order. */
  readonly records: readonly (StateRecord | undefined)[];
}

/** A page of records in the order of their keys. */
export interface StatePage {
  readonly records: readonly StateRecord[];
  /** `cursor` of the next page; absent when there is none. */
  readonly next?: string;
}

/** Something that changed, or went. */
export type StateChange =
  | { readonly put: StateRecord }
  | { readonly deleted: { readonly key: string; readonly modRevision: bigint } };

/** A promise to be here: its records stay while it is kept alive, which its owner does by itself. */
export interface StateLease extends AsyncDisposable {
  /** Aborts when the store says that the lease has ended, or when nobody could renew it in time. */
  readonly lost: AbortSignal;
  /** Names it within its store; never given twice. */
  readonly name: string;
  /** Ends the lease and deletes its records. Idempotent. */
  close(): Promise<void>;
}

/** What every call may bring. */
export interface StateOptions {
  readonly signal?: AbortSignal;
}

/**
 * Small records that several processes agree on, shaped after etcd: one history of transactions, each of which is durable when it is answered.
 *
 * - Keys are 1 to 512 bytes of printable ASCII, values at most 1 MiB. Reads see every transaction that was answered before they were asked.
 * - Revisions grow with what is written, survive restarts and are never given twice, but to transactions without a common key that came together.
 * - Errors: `PROVENDER_INVALID`; `PROVENDER_UNAVAILABLE` (nothing was written); `PROVENDER_AMBIGUOUS` (a transaction may have been applied: read
 *   before it is repeated); `PROVENDER_CONFLICT` (a watch asks for history that is gone); `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`.
 *
 * @see payment-channels.md, section 4
 */
export interface StateStore extends AsyncDisposable {
  get(key: string, options?: StateOptions): Promise<StateRecord | undefined>;
  /** Records whose keys start with `prefix`, in the order of their bytes, at most `limit` (1 to 1000; default 1000), above `cursor` where given. */
  range(
    prefix: string,
    query?: { readonly limit?: number; readonly cursor?: string },
    options?: StateOptions,
  ): Promise<StatePage>;
  txn(txn: StateTxn, options?: StateOptions): Promise<StateTxnResult>;
  /** @param ttlMs - time without a sign of life after which its records go; 1 s to 1 h */
  grantLease(ttlMs: number, options?: StateOptions): Promise<StateLease>;
  /** Ends the lease of that name, whoever holds it, and deletes its records; one that has ended is no error. */
  revokeLease(name: string, options?: StateOptions): Promise<void>;
  /**
   * Changes of records below `prefix`, one batch for each revision, from `fromRevision` (included; default: the next one) until the signal aborts.
   * @throws ProvenderError `PROVENDER_CONFLICT` when that history is gone: read the range, then watch from its revision
   */
  watch(
    prefix: string,
    query: { readonly fromRevision?: bigint },
    options?: StateOptions,
  ): AsyncIterable<readonly StateChange[]>;
  /** Refuses new calls, waits for running ones, ends watches and leases. Idempotent. */
  close(): Promise<void>;
}
