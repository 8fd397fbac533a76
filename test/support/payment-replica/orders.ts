/** What a replica in a process of its own is started with. */
export interface ReplicaOrders {
  readonly endpoints: readonly string[];
  /** Of the keys: tests that share a cluster have each its own. */
  readonly network: string;
  readonly replica: number;
  readonly lockTtlMs: number;
  /** For staged and published uploads; the same one again after a restart. */
  readonly directory: string;
}

/** A paid call. */
export interface PayOrder {
  readonly do: 'pay';
  readonly channelId: bigint;
  readonly amount: bigint;
  readonly upload?: boolean;
  /** Works until it is told to go on. */
  readonly hold?: boolean;
  /**
   * Kills the process at this step, from 1: before a request to the store is sent, after it was answered, and after each write of data. With `late`
   * a request is killed on its way instead.
   */
  readonly dieAt?: number;
  readonly late?: boolean;
}

/** Attempt after attempt to pay the next amount, several at a time, until there were so many or `rest` is ordered. */
export interface HammerOrder {
  readonly do: 'hammer';
  readonly channelId: bigint;
  readonly attempts: number;
  readonly lanes: number;
}

/** Work for a replica; it answers each. */
export type ReplicaOrder = PayOrder | HammerOrder | { readonly do: 'goOn' | 'rest' };

/** How a payment ended: `paid`, or the code of its error. */
export interface PayEnd {
  readonly amount: bigint;
  readonly end: string;
  /** Its operation, in hex; absent when it did not get the channel. */
  readonly op?: string;
  /** Of `sharedNowMs`. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a replica says. */
export type ReplicaSays =
  | { readonly says: 'ready' }
  | { readonly says: 'holding' }
  | { readonly says: 'answer'; readonly order: number; readonly ends: readonly PayEnd[] }
  | { readonly says: 'event'; readonly event: string };

/** Milliseconds of a clock that all processes of the machine share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
