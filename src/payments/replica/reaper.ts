import { bytesToHex } from '@noble/hashes/utils.js';
import type { StateRecord, StateStore } from '../../state/state-store.ts';
import type { PaymentEvents } from '../payment-events.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { decodeLock } from '../records/lock-record.ts';
import { allRecords } from './all-records.ts';
import type { Background } from './background.ts';
import type { Operations } from './operations.ts';

/** All locks are looked through as often. */
const EVERY_MS = 2000;
/** Before a watch that broke is begun again. */
const WATCH_AGAIN_MS = 500;

/** What the reaper works with. */
export interface ReaperParts {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  /** Tells whether this process has begun a life. */
  readonly isOwnLife: (life: Uint8Array) => boolean;
  readonly operations: Operations;
  readonly background: Background;
  readonly events: PaymentEvents;
}

/**
 * Deletes locks of this replica that no call of it has: a request for a lock may be applied long after its caller gave up, and a lease that a healthy
 * replica keeps alive frees nothing by itself.
 *
 * Locks of other processes with the same replica id are left alone: those of an earlier one went when this one started, and those of a later one, which
 * a process that was paused may see before it notices that it was replaced, are in use.
 *
 * @see payment-channels.md, section 7, "Reaper"
 */
export class Reaper {
  readonly #parts: ReaperParts;
  #waking = new AbortController();

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  /** Looks at every event below `lock/`, and at all locks every 2 s, until the background work ends. */
  start(): void {
    const { background } = this.#parts;
    background.run('watch the locks', () => this.#watch());
    background.run('look through the locks', () => this.#lookThrough());
  }

  /** Looks through the locks now: one may have been left. */
  wake(): void {
    this.#waking.abort();
  }

  async #watch(): Promise<void> {
    const { state, keys, background, events } = this.#parts;
    while (!background.stop.aborted) {
      try {
        for await (const changes of state.watch(keys.locks, {}, { signal: background.stop }))
          for (const change of changes) if ('put' in change) await this.#tryJudge(change.put);
      } catch (error) {
        // The locks of the history that is missed are found by the look through all of them.
        if (!background.stop.aborted) events.dutyFailed?.({ duty: 'watch the locks', error });
      }
      await background.pause(WATCH_AGAIN_MS);
    }
  }

  async #lookThrough(): Promise<void> {
    const { state, keys, background, events } = this.#parts;
    while (!background.stop.aborted) {
      this.#waking = new AbortController();
      try {
        for await (const record of allRecords(state, keys.locks)) await this.#tryJudge(record);
      } catch (error) {
        if (!background.stop.aborted) events.dutyFailed?.({ duty: 'look through the locks', error });
      }
      await background.pause(EVERY_MS, this.#waking.signal);
    }
  }

  /** One lock that cannot be judged does not hide the others; it is met again by the next look. */
  async #tryJudge(record: StateRecord): Promise<void> {
    try {
      await this.#judge(record);
    } catch (error) {
      if (!this.#parts.background.stop.aborted)
        this.#parts.events.dutyFailed?.({ duty: 'reap a lock', error });
    }
  }

  async #judge({ key, value, createRevision }: StateRecord): Promise<void> {
    const { state, keys, isOwnLife, operations, events } = this.#parts;
    const lock = decodeLock(value);
    const channelId = keys.channelIdOf(key);
    if (!isOwnLife(lock.life) || !operations.isOrphan(channelId, bytesToHex(lock.op))) return;
    const { succeeded } = await state.txn({ compare: [{ key, createRevision }], then: [{ delete: key }] });
    if (succeeded) events.reaped?.({ channelId });
  }
}
