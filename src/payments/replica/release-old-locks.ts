import type { StateStore } from '../../state/state-store.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { decodeLock } from '../records/lock-record.ts';
import { allRecords } from './all-records.ts';
import { livesOf } from './lives.ts';

/**
 * What a replica does first when it starts: deletes all locks that name it and revokes the leases of its old lives. From then on no commit of an
 * earlier process can be applied any more, so that what it staged can be judged. Idempotent; comes before the object store opens.
 *
 * @see payment-channels.md, section 7, "Restart"
 */
export async function releaseOldLocks(parts: {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly replica: number;
}): Promise<void> {
  const { state, keys, replica } = parts;
  for await (const { key, value, createRevision } of allRecords(state, keys.locks)) {
    if (decodeLock(value).replica !== replica) continue;
    await state.txn({ compare: [{ key, createRevision }], then: [{ delete: key }] });
  }
  for (const { lease } of await livesOf(parts, replica)) await state.revokeLease(lease);
}
