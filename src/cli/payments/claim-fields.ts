import type { ClaimablePayment } from '../../rpc/client/index.ts';

/** What `--json` tells of a payment to claim; numbers that may be large are texts. */
export function claimFields(payment: ClaimablePayment): Record<string, unknown> {
  const { channelId, nonce, amount, expiration } = payment;
  return {
    channel: String(channelId),
    nonce: String(nonce),
    amount: String(amount),
    expiration: String(expiration),
  };
}

/** One line about it. */
export function claimLine({ channelId, nonce, amount, expiration }: ClaimablePayment): string {
  return `channel ${String(channelId).padEnd(8)}  nonce ${String(nonce).padEnd(4)}  amount ${String(amount).padEnd(12)}  expires at block ${expiration}`;
}
