import { isProvenderError } from '../../content/provender-error.ts';
import type { Reservation } from '../quota.ts';
import type { PaidSet, StagedShare } from '../shares.ts';
import type { SetParts } from './share-parts.ts';

/** A share that is durable and waits for its payment. */
export interface OfferedShare {
  readonly share: StagedShare;
  readonly paid: PaidSet;
  /** Held back for the set. */
  readonly room: Reservation;
  /** What the share takes of it. */
  readonly bytes: number;
}

/**
 * Lets the payment of a share be committed, then publishes the share. When nobody knows whether the payment is committed, or when publishing what is paid
 * for fails, the share stays with its room until somebody settles it.
 *
 * @throws what `commit` and `publish` throw
 * @see payment-channels.md, section 7
 */
export async function payAndPublish<T>(
  { kept }: Pick<SetParts, 'kept'>,
  { share, paid, room, bytes }: OfferedShare,
  publish: () => Promise<T>,
): Promise<T> {
  const offer = kept.offer(share);
  try {
    await paid.commit(share);
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_PAYMENT_UNKNOWN')) offer.keep({ room, bytes, isPaid: false });
    else offer.end();
    throw error;
  }
  try {
    const published = await publish();
    offer.end();
    return published;
  } catch (error) {
    offer.keep({ room, bytes, isPaid: true });
    throw error;
  }
}
