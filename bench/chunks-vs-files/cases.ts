/** Stores that are compared. */
export const STORES = ['level', 'files'] as const;
export type DiskStore = (typeof STORES)[number];

/** Cases of one store, by the verb and the way of moving the bytes. */
export const caseOf = {
  setEach: (store: DiskStore): string => `${store}: set, one call per chunk`,
  readEach: (store: DiskStore): string => `${store}: read, one call per chunk`,
  removeEach: (store: DiskStore): string => `${store}: remove, one call per chunk`,
  readBatches: (store: DiskStore): string => `${store}: read, GetShares of 64`,
  setBatched: (store: DiskStore): string => `${store}: set, batched (SetShares)`,
  readBatched: (store: DiskStore): string => `${store}: read, batched (ReadShares)`,
  removeBatched: (store: DiskStore): string => `${store}: remove, batched (whole collections)`,
  setFiles: (store: DiskStore): string => `${store}: SetFile`,
  getFiles: (store: DiskStore): string => `${store}: GetFile`,
  removeFiles: (store: DiskStore): string => `${store}: RemoveFile`,
  storeWrite: (store: DiskStore): string => `${store} store alone: write stripes, publish`,
  storeRead: (store: DiskStore): string => `${store} store alone: read stripes`,
} as const;

/** Plain storage, without anything of Provender. */
export const PLAIN = {
  levelEach: 'classic-level: 4 KiB puts, each synced',
  levelGroups: 'classic-level: 4 KiB puts, synced in groups of 64',
  levelPages: 'classic-level: 64 KiB puts, synced in groups of 64',
  filesEach: 'plain files of 4 KiB, each synced',
  filesLarge: 'plain files of 100 MB, each synced',
} as const;

/** The same case of plain storage, read or removed. */
export const plainVerb = {
  write: (name: string): string => `${name}: write`,
  read: (name: string): string => `${name}: read`,
  remove: (name: string): string => `${name}: remove`,
} as const;

/** Calls in flight where there is one call per chunk. */
export const IN_FLIGHT = 64;
/** Collections, or files, that are on their way at the same time. */
export const STREAMS = 4;

/** How much a round moves. */
export interface RoundSizes {
  readonly chunks: number;
  readonly echoCalls: number;
  readonly hashMs: number;
}
