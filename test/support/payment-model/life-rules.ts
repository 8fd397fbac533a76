/** The rules of a paid call; a test takes one out and expects the model to find out. @see payment-channels.md, section 7 */
export interface LifeRules {
  /** From the moment the commit is sent nothing rolls the call back. */
  commitIsFinal: boolean;
  /** An undecided call deletes its lock, then decides; without it, it is taken for unpaid. */
  resolver: boolean;
  /** A restart deletes its locks and ends its old leases before it drops staged data; without it, after that. */
  locksBeforeData: boolean;
  /** Whoever drops staged data of a call puts "drop" as its mark first, unless it is marked as paid. */
  dropMark: boolean;
  /** Rule (d): a record that was written since is decided by its first version after the one seen. */
  firstVersionDecides: boolean;
  /** A replica deletes locks that name it and belong to no call it knows. */
  reaper: boolean;
  /** The commit compares the lock with the one that was taken. */
  commitComparesLock: boolean;
  /** StartClaim compares the record with the one that was seen. */
  claimComparesRecord: boolean;
  /** The reply waits for the answer of the commit. */
  commitBeforeReply: boolean;
}

export const ALL_LIFE_RULES: LifeRules = {
  commitIsFinal: true,
  resolver: true,
  locksBeforeData: true,
  dropMark: true,
  firstVersionDecides: true,
  reaper: true,
  commitComparesLock: true,
  claimComparesRecord: true,
  commitBeforeReply: true,
};

/** A call: where it is sent, what it pays, and whether it uploads. */
export interface ModelCall {
  readonly replica: number;
  readonly nonce: number;
  /** Cumulative; each call costs 1. */
  readonly amount: number;
  readonly upload: boolean;
}

/** Who takes part, and how often each fault strikes. */
export interface LifeScenario {
  readonly name: string;
  /** At most 3. */
  readonly calls: readonly ModelCall[];
  /** 2 or 3. */
  readonly replicas: number;
  readonly kills: number;
  /** Leases that end while their replica runs. */
  readonly expiries: number;
  /** Locks that an operator deletes. */
  readonly unlocks: number;
  /** How often a request without an answer is sent in all: 1 or 2. */
  readonly sends: number;
  /** The provider starts a claim. */
  readonly claim: boolean;
  readonly rules: LifeRules;
}
