import type { StateStore } from '../../state/state-store.ts';
import type { PaymentKeys } from '../payment-keys.ts';
import { decodeLife } from '../records/life-record.ts';
import { allRecords } from './all-records.ts';

/** A life that the store knows of a replica. */
export interface KnownLife {
  readonly key: string;
  /** Name of its lease. */
  readonly lease: string;
  /** The newer of two lives has the higher one. */
  readonly createRevision: bigint;
}

/** The lives of one replica, as the store has them now. */
export async function livesOf(
  parts: { readonly state: StateStore; readonly keys: PaymentKeys },
  replica: number,
): Promise<KnownLife[]> {
  const lives: KnownLife[] = [];
  for await (const { key, value, createRevision } of allRecords(parts.state, parts.keys.lives)) {
    const life = decodeLife(value);
    if (life.replica === replica) lives.push({ key, lease: life.lease, createRevision });
  }
  return lives;
}
