import type { StateStore } from '../state/state-store.ts';
import type { PaymentKeys } from './payment-keys.ts';
import { type ChannelRecord, decodeChannel } from './records/channel-record.ts';
import { decodeLock, type LockRecord } from './records/lock-record.ts';
import { allRecords } from './replica/all-records.ts';

/** Where payments are kept. */
export interface PaymentStore {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
}

/** A lock as it stands in the store. */
export interface ShownLock extends LockRecord {
  readonly channelId: bigint;
  /** The fence: names this lock and no later one of the channel. */
  readonly createRevision: bigint;
  /** The life of its holder is there: the call may be running. */
  readonly isHolderAlive: boolean;
}

/** All locks, by channel id. @throws ProvenderError as the store does, `PROVENDER_CHANNEL` for a record of another form */
export async function listLocks({ state, keys }: PaymentStore): Promise<ShownLock[]> {
  const locks: ShownLock[] = [];
  for await (const { key, value, createRevision } of allRecords(state, keys.locks)) {
    const lock = decodeLock(value);
    const isHolderAlive = (await state.get(keys.life(lock.life))) !== undefined;
    locks.push({ ...lock, channelId: keys.channelIdOf(key), createRevision, isHolderAlive });
  }
  return locks;
}

/**
 * Deletes a lock that was shown, and no later one; tells whether it was there. Even under a running call no money is lost: the commit of that call
 * fails.
 * @throws ProvenderError as the store does
 */
export async function unlock(
  { state, keys }: PaymentStore,
  { channelId, createRevision }: Pick<ShownLock, 'channelId' | 'createRevision'>,
): Promise<boolean> {
  const key = keys.lock(channelId);
  const result = await state.txn({ compare: [{ key, createRevision }], then: [{ delete: key }] });
  return result.succeeded;
}

/** Channel records, by channel id. @throws ProvenderError as the store does, `PROVENDER_CHANNEL` for a record of another form */
export async function* listChannels({ state, keys }: PaymentStore): AsyncGenerator<ChannelRecord> {
  for await (const { value } of allRecords(state, keys.channels)) yield decodeChannel(value);
}
