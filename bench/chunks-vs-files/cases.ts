/** Stores on the disk of this machine. */
export const DISK_STORES = ['level', 'files'] as const;
/** Stores that are compared; `rados` where there is Ceph. */
export type ComparedStore = (typeof DISK_STORES)[number] | 'rados';

/** Cases of one store, by the verb and the way of moving the bytes. */
export const caseOf = {
  setEach: (store: ComparedStore): string => `${store}: set, one call per chunk`,
  readEach: (store: ComparedStore): string => `${store}: read, one call per chunk`,
  removeEach: (store: ComparedStore): string => `${store}: remove, one call per chunk`,
  readBatches: (store: ComparedStore): string => `${store}: read, GetShares of 64`,
  setBatched: (store: ComparedStore): string => `${store}: set, batched (SetShares)`,
  readBatched: (store: ComparedStore): string => `${store}: read, batched (ReadShares)`,
  removeBatched: (store: ComparedStore): string => `${store}: remove, batched (whole collections)`,
  setFiles: (store: ComparedStore): string => `${store}: SetFile`,
  getFiles: (store: ComparedStore): string => `${store}: GetFile`,
  removeFiles: (store: ComparedStore): string => `${store}: RemoveFile`,
  storeWrite: (store: ComparedStore): string => `${store} store alone: write stripes, publish`,
  storeRead: (store: ComparedStore): string => `${store} store alone: read stripes`,
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

/** Bytes of a large object: a stripe without its roots. */
export const STRIPE = 2 ** 22;

/** `rados bench` on the pool of the node, whole objects; write and read by `plainVerb`. */
export const RADOS_BENCH = {
  each: 'rados bench: objects of 4 KiB, 64 in flight',
  large: 'rados bench: objects of 4 MiB, 16 in flight',
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
