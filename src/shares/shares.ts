import type { ObjectId, ObjectKind } from '../content/object-id.ts';
import type { ProvenderError } from '../content/provender-error.ts';
import type { StoreHealth, StoreUsage } from '../objects/object-store.ts';
import type { Tag } from '../objects/tag.ts';
import type { Challenge } from '../proof/challenge.ts';

/** What every call may bring. An aborted call ends with `PROVENDER_CANCELLED` (or the signal's own ProvenderError) and leaves nothing behind. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A share that is durable and not yet published, as its payment's mark carries it. */
export interface StagedShare {
  readonly id: ObjectId;
  /** Names the staged data; that of a lone chunk is zero. */
  readonly tag: Tag;
  /** Bytes of the head that makes it exist. */
  readonly head: Uint8Array;
  /** The 4096 replica bytes of a lone chunk, which nobody has staged: they go with the mark. */
  readonly block?: Uint8Array;
}

/**
 * The payment of a set. An object that is held already is not paid for: `commit` is not called.
 * @see object-layout.md, section 5, "Paid upload"
 */
export interface PaidSet {
  /** Id of the payment's operation, 16 bytes, never used before. */
  readonly operation: Uint8Array;
  /**
   * Commits the payment, once, when all bytes are durable and none is published. Resolved: the share gets published, whatever happens. Rejected with
   * `PROVENDER_PAYMENT_UNKNOWN`: the data and its room stay until `Shares.settle`; with anything else: nothing is left. The error goes to the caller.
   */
  commit(staged: StagedShare): Promise<void>;
}

/** What a set may bring besides its declaration. */
export interface SetOptions extends CallOptions {
  readonly paid?: PaidSet;
}

/** What a share is, as the node holds it. */
export interface ShareStat {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  /** Content bytes. */
  readonly sizeBytes: number;
  /** Chunks of a collection, else 1. */
  readonly count: number;
  readonly profile: number;
  /** Bytes it takes of the limit; 0 for a chunk inside a collection, whose collection takes them. */
  readonly storedBytes: number;
  /** The signed Commitment: of the object, or for a chunk inside a collection that of the collection. */
  readonly commitment: Uint8Array;
  /** Where a chunk that is not stored alone lies. */
  readonly collection?: { readonly id: ObjectId; readonly position: number };
}

/** Answer to a set; `held` when the object was here already and nothing was written. */
export interface SetOutcome {
  readonly stat: ShareStat;
  readonly held: boolean;
  /** Commits to the replica, 32 bytes. */
  readonly commR: Uint8Array;
}

/** A chunk of an answer, or why it is not there; the position in the answer is that of the question. */
export type ShareItem =
  | { readonly id: ObjectId; readonly bytes: Uint8Array }
  | { readonly id: ObjectId; readonly error: ProvenderError };

/** Which chunks to read: a list of ids (at most 4096), or chunks `first` to `first + count` (excluded) of a collection. */
export type ShareSelection =
  | { readonly ids: readonly ObjectId[] }
  | { readonly collection: ObjectId; readonly first: number; readonly count?: number };

/** What a verifier asks of a share. */
export interface ShareQuestion {
  readonly id: ObjectId;
  /** An audit, or another challenge that exists for the object. @see proof-of-replication.md, section 7 */
  readonly challenge: Challenge;
}

/** A proof that a share is held; together with the Commitment all that an offline check needs. */
export interface ShareProof {
  /** The id that was asked for. */
  readonly id: ObjectId;
  /** The signed Commitment of what is proven: the object, or the collection that the chunk is in. */
  readonly commitment: Uint8Array;
  /** Bytes of a ReplicaProof, at most 8 MiB. */
  readonly proof: Uint8Array;
  /** Where a chunk that is not stored alone lies: its collection is what is proven. */
  readonly collection?: { readonly id: ObjectId; readonly position: number };
}

/** A proof of an answer, or why it is not there; the position in the answer is that of the question. */
export type ProofItem =
  | { readonly id: ObjectId; readonly proof: ShareProof }
  | { readonly id: ObjectId; readonly error: ProvenderError };

/** What the sender of a chunk may ask for. */
export interface ChunkDeclaration {
  /** Profile of the replica; the node's default for chunks where absent. What is held in any profile is held. */
  readonly profile?: number;
}

/** What the sender of a collection declares before its chunks. */
export interface CollectionDeclaration {
  readonly count: number;
  /** Bytes of all chunks in sum, without filling. */
  readonly sizeBytes: number;
  /** Where known: a held collection ends the call at once, another content fails it, and it is encoded while it is received. */
  readonly id?: ObjectId;
  /** Profile of the replica; the node's default for chunks where absent. */
  readonly profile?: number;
}

/** Names a replica that was placed: what the network drew its storers with. A share that is set directly has round 0, seed 0^32 and index 0. */
export interface PlacedName {
  readonly round: bigint;
  /** Seed of the round, 32 bytes. */
  readonly seed: Uint8Array;
  /** u32; 0 at first placement. */
  readonly replicaIndex: number;
}

/** What the sender of a file declares before its bytes. */
export interface FileDeclaration {
  readonly sizeBytes: number;
  /** Where known: a held file ends the call at once, another content fails it, and it is encoded while it is received. */
  readonly id?: ObjectId;
  /** Profile of the replica; the node's default for files where absent. */
  readonly profile?: number;
  /** Given: the replica is encoded under this name, and its Commitment says so. Needs `id`. What is held under another name is a conflict. */
  readonly placed?: PlacedName;
}

/** What roots of a file to read: of the blocks of one stripe, or of all stripes. */
export interface RootsOptions extends CallOptions {
  /** Stripe of 4 MiB, from 0. */
  readonly stripe?: number;
}

/** A file being read. `data` gives exactly `length` bytes in order, each checked against the tree, in pieces of at most 256 KiB. */
export interface FileReading {
  readonly stat: ShareStat;
  readonly offset: number;
  readonly length: number;
  /** A piece is good until the next one is asked for: who keeps bytes copies them. */
  readonly data: AsyncIterable<Uint8Array>;
}

/** A page of a listing. */
export interface SharePage {
  readonly shares: readonly ShareStat[];
  /** Opaque, at most 64 bytes: `after` of the next page; absent when there is none. */
  readonly next?: Uint8Array;
}

/** Usage with the limit. */
export interface SharesUsage extends Omit<StoreUsage, 'undecidedBytes'> {
  readonly limitBytes: number;
  /** What running sets hold back, and what paid data takes that nobody has decided about. */
  readonly reservedBytes: number;
}

/**
 * The storage service: set, get, prove, stat, list and remove shares of chunks, collections and files.
 *
 * - A set is acknowledged when the share is whole and durable; what failed, was cut off or was cancelled leaves nothing.
 * - Bytes leave only after they were checked against the tree; else `PROVENDER_CORRUPT` names object and block, and the damage is
 *   marked in quarantine, logged and counted.
 * - Errors besides: `PROVENDER_INVALID`, `PROVENDER_RANGE`, `PROVENDER_NOT_FOUND`, `PROVENDER_CONFLICT` (removed while it was read),
 *   `PROVENDER_OVER_QUOTA`, `PROVENDER_UNSUPPORTED`, `PROVENDER_UNAVAILABLE`, `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`.
 */
export interface Shares extends AsyncDisposable {
  /** Sets one chunk of at most 4096 bytes. */
  setShare(bytes: Uint8Array, options?: SetOptions & ChunkDeclaration): Promise<SetOutcome>;
  /** Reads at most 64 chunks, lone or inside collections, in the order of `ids`; failures keep their position. */
  getShares(ids: readonly ObjectId[], options?: CallOptions): Promise<readonly ShareItem[]>;
  /** Reads many chunks in order, in batches of at most 64 (256 KiB); a failure of one id of a list keeps its position. The bytes of a batch are good until the next one is asked for. */
  readShares(selection: ShareSelection, options?: CallOptions): AsyncIterable<readonly ShareItem[]>;
  /** Says what is held under a chunk's or a collection's id. */
  statShare(id: ObjectId, options?: CallOptions): Promise<ShareStat>;
  /** Removes a lone chunk or a collection; a chunk of a collection is removed with it only. */
  removeShare(id: ObjectId, options?: CallOptions): Promise<void>;
  /**
   * Sets a collection, all or nothing: exactly `count` chunks of `sizeBytes` bytes in sum, in strictly ascending order of their ids,
   * in batches of at most 64.
   */
  setShares(
    declared: CollectionDeclaration,
    batches: AsyncIterable<readonly Uint8Array[]>,
    options?: SetOptions,
  ): Promise<SetOutcome>;
  /** Sets a file of exactly the declared size; pieces of any length. Does not read `source` further than it must. */
  setFile(
    declared: FileDeclaration,
    source: AsyncIterable<Uint8Array>,
    options?: SetOptions,
  ): Promise<SetOutcome>;
  /**
   * Publishes or drops what a paid set left undecided, or what the mark of a payment names after a restart. Doing it again is harmless. Paid shares are
   * published whatever the limit says.
   * @throws ProvenderError of the store; the data stays then, and its room: repeat
   */
  settle(staged: StagedShare, what: 'publish' | 'drop'): Promise<void>;
  /** Opens a file (or, as plain bytes, no other kind) for reading; fails before the first byte where it can. `length` defaults to the rest. */
  getFile(
    id: ObjectId,
    range: { offset?: number; length?: number },
    options?: CallOptions,
  ): Promise<FileReading>;
  /**
   * Roots of the plain file, 32 bytes each, in order, in pieces of at most 256 KiB: of its stripes, or of the blocks of one stripe. They were checked
   * against the data root before the first one leaves. `PROVENDER_RANGE` for a stripe that the file does not have.
   */
  fileRoots(id: ObjectId, options?: RootsOptions): AsyncIterable<Uint8Array>;
  statFile(id: ObjectId, options?: CallOptions): Promise<ShareStat>;
  removeFile(id: ObjectId, options?: CallOptions): Promise<void>;
  /** Proves that a chunk or a collection is held; for a chunk inside a collection the collection is proven. A damaged share has no proof. */
  verifyShare(question: ShareQuestion, options?: CallOptions): Promise<ShareProof>;
  /** Proves at most 64 chunks or collections, in the order of `questions`; failures keep their position. At most 8 MiB of proofs in all. */
  verifyShares(questions: readonly ShareQuestion[], options?: CallOptions): Promise<readonly ProofItem[]>;
  /** Proves that a file is held. */
  verifyFile(question: ShareQuestion, options?: CallOptions): Promise<ShareProof>;
  /** A page of files, collections or lone chunks: files and collections in ascending order of ids, chunks in that of the store. */
  list(
    query: { kind: ObjectKind; after?: Uint8Array; limit: number },
    options?: CallOptions,
  ): Promise<SharePage>;
  usage(): SharesUsage;
  health(): StoreHealth;
  /** Refuses new calls, waits for running ones up to `graceMs` (default 10 s), aborts the rest. The store is not closed: its owner does. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Facts that the service reports; telemetry implements it. */
export interface SharesEvents {
  /** Bytes failed their check. */
  corrupt(event: { readonly key: string; readonly block?: number; readonly reason: string }): void;
}
