import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Address } from '../address.ts';
import type { MergedChannel } from '../merge.ts';
import type { ChannelRecord } from '../records/channel-record.ts';
import type { PaidMark } from '../records/paid-mark.ts';
import { concurrentlyUpdated, paymentUnknown } from '../refusals.ts';
import { bounded } from '../bounded.ts';
import type { ChannelLock } from './channel-lock.ts';
import { Commit, type CommitFacts, type CommitFate } from './commit.ts';
import { DECIDE_MS, type PaymentParts } from './payment-parts.ts';
import type { PaymentTransaction } from './payment-transaction.ts';
import { grantRepeat } from './repeat-right.ts';
import { resolveCommit } from './resolve-commit.ts';

/** What was locked and validated. */
export interface StartedFacts {
  readonly lock: ChannelLock;
  readonly method: string;
  readonly income: bigint;
  readonly merged: MergedChannel;
  /** What the commit puts. */
  readonly record: ChannelRecord;
}

/** A call that has the lock of its channel. States: started -> committing -> paid, or ended; started -> ended. */
export class StartedPayment implements PaymentTransaction {
  readonly income: bigint;
  readonly sender: Address;
  readonly signal: AbortSignal;
  readonly #parts: PaymentParts;
  readonly #facts: StartedFacts;
  #committing: Promise<void> | undefined;
  #rollingBack: Promise<void> | undefined;
  #mark: PaidMark | undefined;
  #paid: { readonly revision?: bigint } | undefined;

  constructor(parts: PaymentParts, facts: StartedFacts) {
    this.#parts = parts;
    this.#facts = facts;
    this.income = facts.income;
    this.sender = facts.merged.sender;
    this.signal = facts.lock.life.lost;
  }

  get op(): Uint8Array {
    return this.#facts.record.op;
  }

  commit(mark?: PaidMark): Promise<void> {
    this.#committing ??= this.#commit(mark);
    return this.#committing;
  }

  published(): Promise<void> {
    if (this.#mark !== undefined && this.#paid !== undefined) this.#parts.uploads.published(this.op);
    return Promise.resolve();
  }

  async failed(): Promise<void> {
    if (this.#committing === undefined) return this.rollback();
    if (this.#paid === undefined) return;
    if (this.#mark !== undefined) this.#parts.uploads.publish(this.op, this.#mark);
    const { revision } = this.#paid;
    if (revision !== undefined) grantRepeat(this.#parts, { record: this.#facts.record, revision });
  }

  async rollback(): Promise<void> {
    if (this.#committing !== undefined) return;
    this.#rollingBack ??= this.#rollBack();
    await this.#rollingBack;
  }

  async #rollBack(): Promise<void> {
    const { lock, method } = this.#facts;
    await lock.release();
    this.#parts.events.rolledBack?.({ channelId: lock.channelId, method });
  }

  async #commit(mark: PaidMark | undefined): Promise<void> {
    const { lock, record, merged } = this.#facts;
    if (this.#rollingBack !== undefined)
      throw new ProvenderError(
        'PROVENDER_INTERNAL',
        `commit of channel ${lock.channelId} after its rollback`,
      );
    if (this.signal.aborted) {
      // The lock goes with the lease, and somebody else may have the channel.
      await lock.release();
      throw concurrentlyUpdated(lock.channelId);
    }
    this.#mark = mark;
    const facts: CommitFacts = { lock, record, lost: merged.lost, mark };
    const commit = await this.#prepare(facts);
    const { clock } = this.#parts;
    const fate = await bounded({ clock, ms: DECIDE_MS }, (limit) => commit.run(limit));
    await this.#end(fate ?? commit.fateWhenLate, commit, facts);
  }

  /** What cannot be written is found here, before anything is sent. */
  async #prepare(facts: CommitFacts): Promise<Commit> {
    try {
      return new Commit(this.#parts, facts);
    } catch (error) {
      await facts.lock.release();
      throw error;
    }
  }

  async #end(fate: CommitFate | undefined, commit: Commit, facts: CommitFacts): Promise<void> {
    const { lock, method } = this.#facts;
    const { channelId } = lock;
    const { events } = this.#parts;
    if (fate?.is === 'applied') {
      this.#paid = fate;
      lock.forget();
      events.paid?.({ channelId, method, income: this.income });
      return;
    }
    if (fate?.is === 'refused') {
      // It may be there yet: the record or the mark can refuse as well as the lock.
      await lock.release();
      throw refusalOf(fate, channelId);
    }
    events.undecided?.({ channelId, operation: bytesToHex(facts.record.op) });
    resolveCommit(this.#parts, commit, facts);
    throw paymentUnknown(channelId);
  }
}

/** Not paid: because somebody else had the channel, or because the store did not take the commit. */
function refusalOf(fate: { readonly error?: unknown }, channelId: bigint): ProvenderError {
  if (fate.error === undefined) return concurrentlyUpdated(channelId);
  return new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `payment on channel ${channelId} was not taken: the state store did not take the commit`,
    { cause: fate.error },
  );
}
