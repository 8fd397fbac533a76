import type { ObjectFacts, ObjectId } from '../content/object-id.ts';
import type { Challenge } from '../proof/challenge.ts';
import type { PlacementReason } from './reasons.ts';

export type { VrfEngine, VrfQuestion } from '../vrf/vrf-engine.ts';

/** What every call between nodes may bring. */
export interface NodeCallOptions {
  readonly signal?: AbortSignal;
}

/** Answer to a message: taken, or why not. A message that comes again gets the same answer. */
export type PlacementReply = { readonly ok: true } | { readonly ok: false; readonly reason: PlacementReason };

/** Answer to a Commit: the Challenge message to answer, or why there is none. */
export type CommitReply =
  | { readonly ok: true; readonly challenge: Uint8Array }
  | { readonly ok: false; readonly reason: PlacementReason };

/** An attempt of a placement that runs; storers learn of the second and later ones by it. */
export interface OpenAttempt {
  readonly id: ObjectId;
  /** r. */
  readonly round: bigint;
  /** From 0 to 3. */
  readonly attempt: number;
}

/** Where a node is reached. */
export interface NodePeer {
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** `host:port` of gRPC. */
  readonly address: string;
}

/** What a primary asks of storers. Failures of the way there are `PROVENDER_UNAVAILABLE` or `PROVENDER_TIMEOUT`. */
export interface StorerCalls {
  /** Hands over an Assign message. */
  assign(storer: NodePeer, message: Uint8Array, options?: NodeCallOptions): Promise<PlacementReply>;
}

/** What a storer asks of primaries. Failures of the way there are `PROVENDER_UNAVAILABLE` or `PROVENDER_TIMEOUT`. */
export interface PrimaryCalls {
  /** Hands over a Claim message. */
  claim(primary: NodePeer, message: Uint8Array, options?: NodeCallOptions): Promise<PlacementReply>;
  /** Content from `offset` of the request on, to the end. @param address - one of the sources of the Assign */
  fetchContent(address: string, request: Uint8Array, options?: NodeCallOptions): AsyncIterable<Uint8Array>;
  /** Hands over a Commit message. */
  commit(primary: NodePeer, message: Uint8Array, options?: NodeCallOptions): Promise<CommitReply>;
  /** Hands over the ReplicaProof that answers the Challenge. */
  prove(
    primary: NodePeer,
    answer: { readonly claimHash: Uint8Array; readonly proof: Uint8Array },
    options?: NodeCallOptions,
  ): Promise<PlacementReply>;
  /** Attempts that run, then new ones as they begin, until the signal aborts. */
  watchAttempts(primary: NodePeer, options?: NodeCallOptions): AsyncIterable<OpenAttempt>;
}

/** Binds a placed replica to its round; replicaIndex is 0 at first placement. */
export interface PlacedReplica {
  readonly round: bigint;
  /** seed_r, 32 bytes. */
  readonly seed: Uint8Array;
  readonly replicaIndex: number;
}

/** What a storer does with its own shares; the node gives it over the storage service. */
export interface ReplicaKeeper {
  /** Bytes that new shares may still take, reservations of running sets taken off. */
  freeBytes(): number;
  /** Bytes of the limit that such an object will take. */
  storedBytes(object: { readonly sizeBytes: number; readonly profile: number }): number;
  holds(id: ObjectId): Promise<boolean>;
  /**
   * Encodes and stores an object under its placed name; checks that the bytes are those of the id.
   * @returns its data root and R_1 … R_L
   * @throws ProvenderError `PROVENDER_INVALID` for other bytes, `PROVENDER_OVER_QUOTA`, `PROVENDER_CONFLICT` when it is held under another name
   */
  keep(
    object: Pick<ObjectFacts, 'kind' | 'sizeBytes' | 'count'> & {
      readonly id: ObjectId;
      readonly profile: number;
      readonly placed: PlacedReplica;
    },
    source: AsyncIterable<Uint8Array>,
    options?: NodeCallOptions,
  ): Promise<{ readonly dataRoot: Uint8Array; readonly layerRoots: readonly Uint8Array[] }>;
  /** A ReplicaProof of what `keep` stored. */
  prove(id: ObjectId, challenge: Challenge, options?: NodeCallOptions): Promise<Uint8Array>;
  /** Removes what `keep` stored; nothing happens when it is not there. */
  drop(id: ObjectId): Promise<void>;
}

/** Plain bytes of an object on their way to storers, which belong to the primary until its placement ends. */
export interface StagedContent {
  readonly facts: ObjectFacts;
  readonly id: ObjectId;
  /** Bytes from `offset` to the end, in pieces. Many readers at once. */
  read(offset: number, options?: NodeCallOptions): AsyncIterable<Uint8Array>;
}
