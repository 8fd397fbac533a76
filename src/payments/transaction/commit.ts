import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { StateRecord, StateStep, StateTxn } from '../../state/state-store.ts';
import { type ChannelRecord, decodeChannel, encodeChannel } from '../records/channel-record.ts';
import { type EndedRecord, encodeEnded } from '../records/ended-record.ts';
import { encodePaidMark, type PaidMark } from '../records/paid-mark.ts';
import type { TimeLimit } from '../bounded.ts';
import type { ChannelLock } from './channel-lock.ts';
import { wasNotApplied } from './clear-answer.ts';
import { AGAIN_MS, type PaymentParts } from './payment-parts.ts';

/** What is committed. */
export interface CommitFacts {
  readonly lock: ChannelLock;
  /** The record to put; its `op` decides. */
  readonly record: ChannelRecord;
  /** An amount that the record pushes out. */
  readonly lost: EndedRecord | undefined;
  readonly mark: PaidMark | undefined;
}

/** What became of a commit. */
export type CommitFate =
  /** `revision`: of the record; absent when it was overwritten since. */
  | { readonly is: 'applied'; readonly revision?: bigint }
  /** Not applied, and never will be. `error` says why it could not be asked for. */
  | { readonly is: 'refused'; readonly error?: unknown }
  /** The history that would tell is gone. */
  | { readonly is: 'forgotten' };

/**
 * The one transaction that pays and unlocks, and the ways to find out what became of it.
 *
 * A request whose answer is missing may be applied at any later time, so reading that it was not applied proves nothing; the deleted lock does, since
 * the transaction compares it.
 *
 * @see payment-channels.md, section 7, "Commit" and "Commit answers"
 */
export class Commit {
  readonly #parts: PaymentParts;
  readonly #facts: CommitFacts;
  readonly #txn: StateTxn;
  readonly #mark: Uint8Array | undefined;
  /** Some request had no answer. */
  #isUnclear = false;
  #isSending = false;
  #unavailable: unknown;

  constructor(parts: PaymentParts, facts: CommitFacts) {
    this.#parts = parts;
    this.#facts = facts;
    this.#mark = facts.mark && encodePaidMark(facts.mark);
    this.#txn = this.#transaction();
  }

  /** Sends it until it is decided. What it gives then holds for good; the time may be over before. */
  async run(limit: TimeLimit): Promise<CommitFate | undefined> {
    while (!limit.isOver()) {
      const fate = (await this.#send()) ?? (await this.#tryDecide());
      if (fate !== undefined) return fate;
      await limit.pause(AGAIN_MS);
    }
    return undefined;
  }

  /** What is known when the time is over: nothing, unless the store has refused every request. */
  get fateWhenLate(): CommitFate | undefined {
    return this.#isUnclear || this.#isSending ? undefined : { is: 'refused', error: this.#unavailable };
  }

  /**
   * Reads what became of it; `undefined` while it may yet be applied, which the deleted lock ends.
   * @throws ProvenderError as the store does
   */
  async decide(): Promise<CommitFate | undefined> {
    const { lock } = this.#facts;
    const { records } = await this.#parts.state.txn({ then: this.#reads() });
    const [held, channel, mark] = records;
    if (this.#mark !== undefined && mark !== undefined)
      return compareBytes(mark.value, this.#mark) === 0 ? applied(channel, this.#op) : { is: 'refused' };
    if (channel !== undefined && isBy(channel, this.#op)) return applied(channel, this.#op);
    const seen = lock.held.channel?.modRevision ?? 0n;
    if ((channel?.modRevision ?? 0n) === seen)
      return held?.createRevision === lock.createRevision ? undefined : { is: 'refused' };
    return this.#firstAfterLock();
  }

  get #op(): string {
    return bytesToHex(this.#facts.record.op);
  }

  async #send(): Promise<CommitFate | undefined> {
    this.#isSending = true;
    try {
      const { succeeded, revision } = await this.#parts.state.txn(this.#txn);
      if (succeeded) return { is: 'applied', revision };
      // After an unclear request it may have failed because that one was applied.
      return this.#isUnclear ? undefined : { is: 'refused' };
    } catch (error) {
      this.#unavailable = error;
      if (isProvenderError(error, 'PROVENDER_UNAVAILABLE')) return undefined;
      if (wasNotApplied(error)) return this.#isUnclear ? undefined : { is: 'refused', error };
      if (!this.#isUnclear)
        this.#parts.events.ambiguous?.({ channelId: this.#facts.lock.channelId, request: 'commit' });
      this.#isUnclear = true;
      return undefined;
    } finally {
      this.#isSending = false;
    }
  }

  async #tryDecide(): Promise<CommitFate | undefined> {
    if (!this.#isUnclear) return undefined;
    try {
      return await this.decide();
    } catch {
      // It read only, so it is asked again until the time is over.
      return undefined;
    }
  }

  /** The first version behind the lock decides: later ones have another `op`, a provider claim's for instance. */
  async #firstAfterLock(): Promise<CommitFate> {
    const { state, keys, background } = this.#parts;
    const { lock } = this.#facts;
    const key = keys.channel(lock.channelId);
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, background.stop]);
    try {
      const history = state.watch(key, { fromRevision: lock.createRevision + 1n }, { signal });
      for await (const changes of history)
        for (const change of changes)
          if ('put' in change && change.put.key === key)
            return isBy(change.put, this.#op) ? { is: 'applied' } : { is: 'refused' };
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_CONFLICT')) return { is: 'forgotten' };
      throw error;
    } finally {
      enough.abort();
    }
    throw new ProvenderError('PROVENDER_UNAVAILABLE', `watch of ${key} ended before it told anything`);
  }

  #reads(): StateStep[] {
    const { keys } = this.#parts;
    const { lock, record } = this.#facts;
    const reads = [{ get: lock.key }, { get: keys.channel(lock.channelId) }];
    return this.#mark === undefined ? reads : [...reads, { get: keys.paid(record.op) }];
  }

  #transaction(): StateTxn {
    const { keys } = this.#parts;
    const { lock, record, lost } = this.#facts;
    const key = keys.channel(lock.channelId);
    const added = [
      ...(this.#mark === undefined ? [] : [{ put: keys.paid(record.op), value: this.#mark }]),
      ...(lost === undefined
        ? []
        : [{ put: keys.ended(lock.channelId, lost.nonce), value: encodeEnded(lost) }]),
    ];
    return {
      compare: [
        lock.fence,
        { key, modRevision: lock.held.channel?.modRevision ?? 0n },
        ...added.map(({ put }) => ({ key: put, createRevision: 0n })),
      ],
      then: [{ put: key, value: encodeChannel(record) }, { delete: lock.key }, ...added],
    };
  }
}

function isBy(channel: StateRecord, op: string): boolean {
  return bytesToHex(decodeChannel(channel.value).op) === op;
}

function applied(channel: StateRecord | undefined, op: string): CommitFate {
  const isLatest = channel !== undefined && isBy(channel, op);
  return isLatest ? { is: 'applied', revision: channel.modRevision } : { is: 'applied' };
}
