import type { StoreUsage } from '../../objects/object-store.ts';

/** What a scrubber does: nothing, a round, or a round that waits until somebody resumes it. */
export type ScrubState = 'idle' | 'running' | 'paused';

/** Where a round is: files and collections, lone chunks, or counting what the listings name. */
export type ScrubPhase = 'objects' | 'chunks' | 'count';

/** What is damaged: a head, the stripe roots `r`, block roots, a block, a stripe that is missing or short, chunk lengths, an index row, a lone chunk, or the catalog itself. */
export const DAMAGE_KINDS = [
  'head',
  'roots',
  'column',
  'block',
  'stripe',
  'length',
  'index',
  'chunk',
  'catalog',
] as const;
export type DamageKind = (typeof DAMAGE_KINDS)[number];

/** Damage that a round found; it is marked in quarantine too. */
export interface ScrubDamage {
  readonly kind: DamageKind;
  /** Key as in a quarantine mark: `c/<id>`, `<tag>/<i>`, `<tag>/r`, `h/<id>`, `x/<id>`. */
  readonly key: string;
  /** Object that it belongs to, 64 hex digits. */
  readonly object: string;
  /** Block of the object, where one is known. */
  readonly block?: number;
  readonly reason: string;
  readonly unixMs: number;
}

/** What a round has checked so far. */
export interface ScrubCounts {
  readonly chunks: number;
  readonly files: number;
  readonly collections: number;
  /** Bytes that were read and checked: replicas, tree roots, heads. */
  readonly checkedBytes: number;
  /** Pieces of damage. */
  readonly damaged: number;
}

/** How a round ended. */
export interface ScrubResult {
  readonly isDeep: boolean;
  readonly startedUnixMs: number;
  readonly finishedUnixMs: number;
  readonly counts: ScrubCounts;
  /** Counted minus what the store says; absent when it could not be compared (see `UsageCount`). */
  readonly difference?: StoreUsage;
}

/** What a scrubber does now and has done. */
export interface ScrubStatus {
  readonly state: ScrubState;
  /** Absent when idle. */
  readonly phase?: ScrubPhase;
  readonly isDeep: boolean;
  /** Bytes per second at most; 0 for no bound. */
  readonly bytesPerSecond: number;
  /** Start of the round that runs or is paused. */
  readonly startedUnixMs?: number;
  readonly counts: ScrubCounts;
  /** What the store says it holds: what the round will have checked at its end, about. */
  readonly expected: StoreUsage;
  /** Seconds until the end at the present rate; absent when unknown. */
  readonly etaSeconds?: number;
  /** The last damage found, 100 at most: of this round, or of the last one when idle. */
  readonly damage: readonly ScrubDamage[];
  /** Why the round does not get on, such as a store that is away; it is tried again. */
  readonly trouble?: string;
  readonly last?: ScrubResult;
  /** Start of the next round by itself; absent when there is none. */
  readonly nextUnixMs?: number;
}

/** What a round is started with. */
export interface ScrubStart {
  /** Bytes per second at most, 0 for no bound; the scrubber's own when absent. */
  readonly bytesPerSecond?: number;
  /** Decode replicas too. */
  readonly isDeep?: boolean;
  /** Give up an unfinished round and begin from the start. */
  readonly isRestart?: boolean;
}

/** Checks all that a store holds, in the background or on demand. */
export interface Scrub {
  /**
   * Starts a round, or joins and resumes the unfinished one, which takes the new rate.
   * @throws ProvenderError `PROVENDER_CONFLICT` when a deep round is asked for and an unfinished one is not deep
   */
  start(options: ScrubStart): Promise<ScrubStatus>;
  /** Pauses the round, also over restarts of the node. Idempotent. @throws ProvenderError `PROVENDER_INVALID` when there is none */
  pause(): Promise<ScrubStatus>;
  /** Lets a paused round go on. Idempotent. @throws ProvenderError `PROVENDER_INVALID` when there is none */
  resume(): Promise<ScrubStatus>;
  /** Gives up the round and forgets where it was. Idempotent. */
  stop(): Promise<ScrubStatus>;
  status(): ScrubStatus;
  /** Told whenever the status changes, several times a second while a round runs. @returns ends that */
  onChange(listener: () => void): () => void;
}

/** Facts that a scrubber reports; telemetry implements it. */
export interface ScrubEvents {
  /** A round began, or goes on where it was. */
  started(event: {
    readonly isDeep: boolean;
    readonly bytesPerSecond: number;
    readonly isContinued: boolean;
  }): void;
  paused(): void;
  resumed(): void;
  /** A round was given up. */
  stopped(): void;
  /** @param message - says what to do, and whether the place could not be marked in quarantine */
  damaged(damage: ScrubDamage, message: string): void;
  /** What was counted is not what the store says. */
  usageDiffers(difference: StoreUsage): void;
  finished(result: ScrubResult): void;
  /** The round does not get on and is tried again. */
  failed(event: { readonly error: unknown; readonly retryMs: number }): void;
  /** Objects and bytes were checked; for counting. */
  checked(kind: 'chunk' | 'file' | 'collection' | 'bytes', count: number): void;
}
