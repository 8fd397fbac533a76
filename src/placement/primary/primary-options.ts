import type { ObjectFacts, ObjectId } from '../../content/object-id.ts';
import type { Signer } from '../../proof/commitment.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Clock } from '../clock.ts';
import type { NodeCallOptions, StagedContent, StorerCalls, VrfEngine } from '../ports.ts';
import type { Genesis } from '../registry/genesis.ts';
import type { Chain } from '../rounds/chain.ts';
import type { RoundLog } from '../rounds/round-log.ts';
import type { PlacementEvents } from './placement-events.ts';

/** Bounds of a primary; all have defaults. */
export interface PrimaryLimits {
  /** Placements at once. Default 256. */
  readonly placements: number;
  /** Claims that wait for their round. Default 4,096. */
  readonly earlyClaims: number;
  /** How long a claim waits for its round. Default 10 s. */
  readonly earlyMs: number;
  /** Claims of one peer that are answered at once. Default 256. */
  readonly peerClaims: number;
  /** Bad proofs of the lottery after which a peer is blocked. Default 3. */
  readonly badProofs: number;
  /** How long it is blocked. Default 10 min. */
  readonly blockMs: number;
  /** How long an Announce may take to get into a round. Default 60 s. */
  readonly announceMs: number;
  /** How long a SetKey may take to get into a round. Default 120 s. */
  readonly signMs: number;
  /** How often a storer may begin to fetch. Default 8. */
  readonly fetches: number;
}

/** What bounds a primary unless told otherwise. */
export const PRIMARY_LIMITS: PrimaryLimits = {
  placements: 256,
  earlyClaims: 4096,
  earlyMs: 10_000,
  peerClaims: 256,
  badProofs: 3,
  blockMs: 600_000,
  announceMs: 60_000,
  signMs: 120_000,
  fetches: 8,
};

/** What a primary works with; it closes none of it. */
export interface PrimaryOptions {
  readonly genesis: Genesis;
  readonly log: RoundLog;
  /** What the log leads to: where objects were placed, the last nonce, where nodes are reached. */
  readonly chain: Pick<Chain, 'placedIn' | 'announceNonce' | 'registry'>;
  /** Keeps the last nonce and evidence, below `primary/`. */
  readonly state: Pick<StateStore, 'get' | 'txn'>;
  readonly storers: StorerCalls;
  readonly vrf: Pick<VrfEngine, 'verify'>;
  readonly signer: Signer;
  /** Account in whose name objects are announced, 20 bytes. */
  readonly owner: Uint8Array;
  /** `host:port` where storers fetch content. */
  readonly address: string;
  readonly clock: Clock;
  /** Fresh random bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly events: PlacementEvents;
  readonly limits?: Partial<PrimaryLimits>;
}

/** The options with every limit filled in: what the parts of a primary share. */
export interface PrimaryParts extends PrimaryOptions {
  readonly limits: PrimaryLimits;
}

/** An object whose bytes are still on their way. */
export interface PendingContent extends Omit<ObjectFacts, 'dataRoot'> {
  readonly id: ObjectId;
  /** Rejects when the bytes do not come, or are others: the placement then fails with this error. */
  readonly staged: Promise<StagedContent>;
}

/** How an object is placed. */
export interface PlaceOptions extends NodeCallOptions {
  readonly profile: number;
  /** N, from 1 to 16. */
  readonly replicas: number;
  /** `owner/collection/key`; may be empty. */
  readonly name: string;
}
