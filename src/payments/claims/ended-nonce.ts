import type { NonceEnding } from '../chain/chain-reader.ts';
import type { EndedRecord } from '../records/ended-record.ts';
import type { ClaimEvents, SignedNonce } from './claim-events.ts';

/** A signed amount with its signature. */
export type SignedAmount = Pick<EndedRecord, 'nonce' | 'amount' | 'signature'>;

/**
 * What is kept of a nonce that is over.
 * @param seenAt - the block at which it was seen to be over, for an end that no event tells of
 */
export function endedRecord(signed: SignedAmount, ending: NonceEnding, seenAt: bigint): EndedRecord {
  const { nonce, amount, signature } = signed;
  const own = { nonce, amount, signature };
  switch (ending.is) {
    case 'paid': {
      const { amount: claimedAmount, transaction, block } = ending;
      return { ...own, outcome: 'paid', claimedAmount, transaction, block };
    }
    case 'timed-out':
      return { ...own, outcome: 'timed-out', transaction: ending.transaction, block: ending.block };
    case 'unknown':
      return { ...own, outcome: 'unknown', block: seenAt };
  }
}

/** Tells of the end of a nonce, and raises the alarm when the money did not come in whole. */
export function reportEnding(events: ClaimEvents, signed: SignedNonce, ending: NonceEnding): void {
  events.ended?.({ ...signed, ending });
  if (ending.is === 'timed-out') events.alarm?.({ ...signed, reason: 'timed-out', claimed: 0n });
  if (ending.is === 'paid' && ending.amount < signed.amount)
    events.alarm?.({ ...signed, reason: 'claimed-less', claimed: ending.amount });
}
