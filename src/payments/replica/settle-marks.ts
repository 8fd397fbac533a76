import { bytesToHex } from '@noble/hashes/utils.js';
import type { StateStore } from '../../state/state-store.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { decodeLock } from '../records/lock-record.ts';
import { decodePaidMark, type PaidMark } from '../records/paid-mark.ts';
import { allRecords } from './all-records.ts';

/** What a starting replica does about marks. */
export interface SettleMarksParts {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly replica: number;
  /** Publishes what is paid and has not been published, then removes its mark. */
  readonly publish: (op: Uint8Array, mark: PaidMark) => void;
}

/**
 * Looks through the marks of uploads when a replica starts: its own ones are published, and those that only say that data was dropped go when no commit
 * can come any more.
 *
 * Data is staged while its lock is held, and a commit compares the revision of that lock. So when a mark "drop" is there and, afterwards, no lock of its
 * operation, the commit it forbids has become impossible, and the mark has done its duty.
 *
 * @see payment-channels.md, section 7, "Restart"
 */
export async function settleMarks(parts: SettleMarksParts): Promise<void> {
  const { state, keys, replica, publish } = parts;
  const dropped: { readonly key: string; readonly op: string; readonly modRevision: bigint }[] = [];
  for await (const { key, value, modRevision } of allRecords(state, keys.paidMarks)) {
    const op = keys.opOf(key);
    const mark = decodePaidMark(value);
    if (mark === 'drop') dropped.push({ key, op: bytesToHex(op), modRevision });
    else if (mark.replica === replica) publish(op, mark);
  }
  if (dropped.length === 0) return;
  const running = new Set<string>();
  for await (const { value } of allRecords(state, keys.locks)) running.add(bytesToHex(decodeLock(value).op));
  for (const { key, op, modRevision } of dropped)
    if (!running.has(op)) await state.txn({ compare: [{ key, modRevision }], then: [{ delete: key }] });
}
