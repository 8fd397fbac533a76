/** Where the state of channels is kept in a run. */
export interface StoreCase {
  readonly name: string;
  /** Members of etcd; 0 for the embedded store. */
  readonly members: 0 | 1 | 3 | 5;
}

export const STORES: readonly StoreCase[] = [
  { name: 'level', members: 0 },
  { name: 'etcd, 1 member', members: 1 },
  { name: 'etcd, 3 members', members: 3 },
  { name: 'etcd, 5 members', members: 5 },
];

/** Channels that are paid from at the same time, one call each. */
export const CHANNELS = [1, 64, 256] as const;
/** Callers of the contended channel. */
export const CALLERS = 16;
/** The store that has goals. @see payment-channels.md, section 16 */
export const JUDGED_MEMBERS = 3;

/** Names of the rows. */
export const caseOf = {
  rate: (store: StoreCase, channels: number): string => `${store.name}, ${channels} ${plural(channels)}`,
  contended: (store: StoreCase): string => `${store.name}, 1 channel, ${CALLERS} callers`,
  together: (store: StoreCase): string => `${store.name}, 1 channel, ${CALLERS} callers over 3 replicas`,
  leastInASecond: (store: StoreCase): string => `${caseOf.together(store)}: fewest in a second`,
  chainReads: 'chain reads per call',
  signatures: 'signatures checked, one core',
} as const;

export const naive = (name: string): string => `lock, read, write, unlock: ${name}`;
export const plainWrite = (name: string): string => `compare-and-set of 500 bytes: ${name}`;
export const p50 = (name: string): string => `${name}: p50`;
export const p99 = (name: string): string => `${name}: p99`;

function plural(channels: number): string {
  return channels === 1 ? 'channel' : 'channels';
}
