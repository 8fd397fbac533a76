import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { StateRecord, StateStep, StateTxnResult } from '../../state/state-store.ts';
import { encodeLock } from '../records/lock-record.ts';
import { REFUSALS } from '../refusals.ts';
import type { Life } from '../replica/life.ts';
import { bounded, type TimeLimit } from '../bounded.ts';
import { wasNotApplied } from './clear-answer.ts';
import { AGAIN_MS, DECIDE_MS, type PaymentParts } from './payment-parts.ts';

/** Time that a call waits for its unlock. */
const RELEASE_MS = 2000;

/** What stands in the store when the lock is taken. */
export interface HeldRecords {
  readonly channel: StateRecord | undefined;
  readonly claim: StateRecord | undefined;
}

/** Who wants the lock. */
interface LockOwner {
  readonly channelId: bigint;
  /** 16 bytes. */
  readonly op: Uint8Array;
  readonly method: string;
  readonly life: Life;
}

/** The lock of a channel, taken under the lease of the replica. */
export class ChannelLock {
  readonly channelId: bigint;
  readonly life: Life;
  /** The fence: a lock that is taken anew has another one. */
  readonly createRevision: bigint;
  readonly held: HeldRecords;
  readonly #parts: PaymentParts;
  readonly #op: string;
  /** Every request for it was answered: none can be applied later. */
  readonly #isClear: boolean;

  constructor(parts: PaymentParts, owner: LockOwner, taken: Taken) {
    this.#parts = parts;
    this.#op = bytesToHex(owner.op);
    this.#isClear = taken.isClear;
    this.channelId = owner.channelId;
    this.life = owner.life;
    this.createRevision = taken.createRevision;
    this.held = taken.held;
  }

  get key(): string {
    return this.#parts.keys.lock(this.channelId);
  }

  /** The condition that nobody else has had the channel since. */
  get fence(): { readonly key: string; readonly createRevision: bigint } {
    return { key: this.key, createRevision: this.createRevision };
  }

  /** Deletes it, if it is there yet; an error leaves that open. */
  async delete(): Promise<void> {
    await this.#parts.state.txn({ compare: [this.fence], then: [{ delete: this.key }] });
  }

  /** Ends the operation after the lock was deleted. */
  forget(): void {
    this.#parts.operations.leave(this.channelId, this.#op, { isLockGone: this.#isClear });
  }

  /** Deletes the lock and ends the operation. What is not answered at once is left to the reaper. */
  async release(): Promise<void> {
    const { clock } = this.#parts;
    // An error is the reaper's, which repeats it and reports what goes wrong.
    const deletion = (): Promise<boolean> =>
      this.delete().then(
        () => true,
        () => false,
      );
    const isDeleted = await bounded({ clock, ms: RELEASE_MS }, deletion);
    if (isDeleted === true) {
      this.forget();
    } else {
      this.#parts.events.ambiguous?.({ channelId: this.channelId, request: 'unlock' });
      this.#parts.operations.leave(this.channelId, this.#op, { isLockGone: false });
      this.#parts.reaper.wake();
    }
  }
}

interface Taken {
  readonly createRevision: bigint;
  readonly held: HeldRecords;
  readonly isClear: boolean;
}

/**
 * Takes the lock of a channel and reads what is stored of it, in one transaction. The operation is in the table of the replica before anything is
 * sent, and leaves it when the lock is not had; what may still arrive then is the reaper's.
 *
 * @throws ProvenderError `PROVENDER_CHANNEL_BUSY`; `PROVENDER_UNAVAILABLE` without a clear answer within 5 s
 * @see payment-channels.md, section 7, "Start"
 */
export async function takeLock(parts: PaymentParts, owner: LockOwner): Promise<ChannelLock> {
  const { operations, clock } = parts;
  const { channelId } = owner;
  const op = bytesToHex(owner.op);
  if (!operations.enter(channelId, op)) throw REFUSALS.busy.refuse(channelId).error;
  const attempts = new LockAttempts(parts, owner);
  try {
    const taken = await bounded({ clock, ms: DECIDE_MS }, (limit) => attempts.run(limit));
    if (taken !== undefined) return new ChannelLock(parts, owner, taken);
    // the last request may have no answer yet
    attempts.isClear = false;
    throw REFUSALS.noLock.refuse(channelId).error;
  } catch (error) {
    operations.leave(channelId, op, { isLockGone: attempts.isClear });
    if (!attempts.isClear) parts.reaper.wake();
    throw error;
  }
}

/** The requests for one lock. */
class LockAttempts {
  /** Every request so far was answered. */
  isClear = true;
  readonly #parts: PaymentParts;
  readonly #owner: LockOwner;
  readonly #key: string;
  readonly #value: Uint8Array;
  readonly #reads: readonly StateStep[];

  constructor(parts: PaymentParts, owner: LockOwner) {
    const { keys, replica, clock } = parts;
    const { channelId, method, life, op } = owner;
    this.#parts = parts;
    this.#owner = owner;
    this.#key = keys.lock(channelId);
    this.#value = encodeLock({ replica, life: life.id, op, method, startedUnixMs: clock.unixMs() });
    this.#reads = [{ get: keys.channel(channelId) }, { get: keys.claim(channelId) }];
  }

  async run(limit: TimeLimit): Promise<Taken | undefined> {
    while (!limit.isOver()) {
      const taken = (await this.#request()) ?? (await this.#check());
      if (taken !== undefined) return taken;
      await limit.pause(AGAIN_MS);
    }
    return undefined;
  }

  /** Asks for the lock; `undefined` when it is not clear what came of it. */
  async #request(): Promise<Taken | undefined> {
    const { lease } = this.#owner.life;
    const put = { put: this.#key, value: this.#value, lease };
    let result: StateTxnResult;
    try {
      result = await this.#parts.state.txn({
        compare: [{ key: this.#key, createRevision: 0n }],
        then: [put, ...this.#reads],
        else: [{ get: this.#key }],
      });
    } catch (error) {
      this.#unlessUnclear(error);
      return undefined;
    }
    if (result.succeeded) return this.#taken(result.revision, result.records);
    const [holder] = result.records;
    if (holder !== undefined && compareBytes(holder.value, this.#value) === 0) return undefined;
    throw REFUSALS.busy.refuse(this.#owner.channelId).error;
  }

  /** Asks whether an earlier request was applied; `undefined` when that is not so, or not clear either. */
  async #check(): Promise<Taken | undefined> {
    try {
      const result = await this.#parts.state.txn({
        compare: [{ key: this.#key, value: this.#value }],
        then: [{ get: this.#key }, ...this.#reads],
      });
      const [lock, ...reads] = result.records;
      return lock === undefined ? undefined : this.#taken(lock.createRevision, reads);
    } catch {
      // It read only, so it is asked again until the time is over.
      return undefined;
    }
  }

  #unlessUnclear(error: unknown): void {
    const { channelId } = this.#owner;
    // While an earlier request may be applied yet, "not applied" of this one decides nothing.
    if (wasNotApplied(error) && this.isClear) throw REFUSALS.noLock.because(error, channelId).error;
    if (isProvenderError(error, 'PROVENDER_CLOSED')) throw REFUSALS.noLock.because(error, channelId).error;
    if (this.isClear) this.#parts.events.ambiguous?.({ channelId, request: 'lock' });
    this.isClear = false;
  }

  #taken(createRevision: bigint, [channel, claim]: readonly (StateRecord | undefined)[]): Taken {
    return { createRevision, held: { channel, claim }, isClear: this.isClear };
  }
}
