import type { ModelState, Width } from '../model/known-states.ts';
import type { LifeScenario } from './life-rules.ts';

// The state of one channel: what the store holds, what is on its way to it, and how far each call and each replica is.

/** Most calls and replicas. */
export const CALLS = 3;
const REPLICAS = 3;
/** Versions of the record: one for each call, and one for StartClaim. */
const VERSIONS = 4;

/** Where each fact lies. */
export const AT = {
  /** Number of versions of the record that were written. */
  mod: 0,
  /** Writer of each version: 1 + call, or CLAIM. */
  version: 1,
  /** 1 + call that has the lock; 0: free. */
  lockCall: 5,
  /** Which send of its request made the lock: stands for the create revision. */
  lockSend: 6,
  /** StartClaim: a CLAIMING, the version it saw, and the amount it put under the claim. */
  claiming: 7,
  claimSeen: 8,
  claimed: 9,
  /** Faults that may still strike. */
  kills: 10,
  expiries: 11,
  unlocks: 12,
  /** Per replica: a REPLICA, and whether the store has ended its lease. */
  replica: 13,
  leaseGone: 16,
  /** Per call: how far it is, a PHASE. */
  phase: 19,
  /** Per call: what its caller was told, an OUTCOME. */
  outcome: 22,
  /** Per call: the send that made the lock it holds or held. */
  mine: 25,
  /** Per call: versions of the record that there were when it was locked. */
  seen: 28,
  /** Per call: how often each request was sent. */
  startSends: 31,
  commitSends: 34,
  /** Per call, bit of send n: this request is on its way and may be applied. */
  startPending: 37,
  commitPending: 40,
  /** Per call: what became of its staged data, a DATA. */
  data: 43,
  /** Per call: what stands under `paid/`, a MARK. */
  mark: 46,
  size: 49,
} as const;

/** Bits of each fact. */
export const LIFE_WIDTHS: readonly Width[] = [
  { at: AT.mod, bits: 3, times: 1 },
  { at: AT.version, bits: 3, times: VERSIONS },
  { at: AT.lockCall, bits: 2, times: 1 },
  { at: AT.lockSend, bits: 2, times: 1 },
  { at: AT.claiming, bits: 2, times: 1 },
  { at: AT.claimSeen, bits: 3, times: 1 },
  { at: AT.claimed, bits: 2, times: 1 },
  { at: AT.kills, bits: 2, times: 3 },
  { at: AT.replica, bits: 3, times: REPLICAS },
  { at: AT.leaseGone, bits: 1, times: REPLICAS },
  { at: AT.phase, bits: 4, times: CALLS },
  { at: AT.outcome, bits: 2, times: CALLS },
  { at: AT.mine, bits: 2, times: CALLS },
  { at: AT.seen, bits: 3, times: CALLS },
  { at: AT.startSends, bits: 2, times: 2 * CALLS },
  { at: AT.startPending, bits: 2, times: 2 * CALLS },
  { at: AT.data, bits: 2, times: 2 * CALLS },
];

/** How far a call is. */
export const PHASE = {
  idle: 0,
  starting: 1,
  /** The request for the lock had no clear answer. */
  startUnclear: 2,
  working: 3,
  /** The reply is prepared, an upload is staged. */
  ready: 4,
  committing: 5,
  /** The commit had no clear answer. */
  judging: 6,
  /** Its caller was told "unknown"; the resolver deletes the lock. */
  undecided: 7,
  resolving: 8,
  publishing: 9,
  replying: 10,
  unmarking: 11,
  unlocking: 12,
  discarding: 13,
  over: 14,
} as const;

/** What a caller was told. */
export const OUTCOME = { none: 0, served: 1, failed: 2, unknown: 3 } as const;
/** What became of staged data. */
export const DATA = { none: 0, staged: 1, published: 2, dropped: 3 } as const;
/** What is known for ever about the payment of an upload. */
export const MARK = { none: 0, paid: 1, drop: 2 } as const;
/** How far StartClaim is. */
export const CLAIMING = { idle: 0, read: 1, done: 2 } as const;
/** How far a replica is; the steps of a restart in their order. */
export const REPLICA = { up: 0, down: 1, locks: 2, leases: 3, data: 4, marks: 5 } as const;
/** StartClaim as writer of a version. */
export const CLAIM = 7;

/** Reads one fact. */
export function get(state: ModelState, at: number): number {
  return state[at] ?? 0;
}

/** Whether a request is on its way. */
export function isPending(state: ModelState, at: number, send: number): boolean {
  return (get(state, at) & (1 << (send - 1))) !== 0;
}

/** A request goes out, or reaches its end. */
export function setPending(state: ModelState, at: number, o: { send: number; is: boolean }): void {
  const bit = 1 << (o.send - 1);
  state[at] = o.is ? get(state, at) | bit : get(state, at) & ~bit;
}

/** Who has the lock, by the request that made it. */
export function isLockOf(state: ModelState, call: number, send: number): boolean {
  return get(state, AT.lockCall) === call + 1 && get(state, AT.lockSend) === send;
}

/** Nobody has the lock any more. */
export function freeLock(state: ModelState): void {
  state[AT.lockCall] = 0;
  state[AT.lockSend] = 0;
}

/** Whether a call has written a version of the record. */
export function isPaid(state: ModelState, call: number): boolean {
  for (let at = AT.version; at < AT.version + get(state, AT.mod); at++)
    if (get(state, at) === call + 1) return true;
  return false;
}

/** Nonce and amount of the record when it had `mod` versions. */
export function recordAt(
  state: ModelState,
  mod: number,
  { calls }: LifeScenario,
): { nonce: number; amount: number } {
  let nonce = 0;
  let amount = 0;
  for (let i = 0; i < mod; i++) {
    const writer = get(state, AT.version + i);
    if (writer === CLAIM) {
      nonce++;
      amount = 0;
    } else amount = calls[writer - 1]?.amount ?? 0;
  }
  return { nonce, amount };
}

/** Adds a version to the record. */
export function write(state: ModelState, writer: number): void {
  state[AT.version + get(state, AT.mod)] = writer;
  state[AT.mod] = get(state, AT.mod) + 1;
}

/** Where everything begins: a channel without payments, replicas that run, and calls to come. */
export function firstLife({ calls, kills, expiries, unlocks, claim }: LifeScenario): ModelState {
  const state = new Uint8Array(AT.size);
  state[AT.kills] = kills;
  state[AT.expiries] = expiries;
  state[AT.unlocks] = unlocks;
  if (!claim) state[AT.claiming] = CLAIMING.done;
  for (let call = calls.length; call < CALLS; call++) state[AT.phase + call] = PHASE.over;
  return state;
}
