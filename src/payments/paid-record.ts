import type { MergedChannel } from './merge.ts';
import type { Payment } from './payment.ts';
import type { ChannelRecord } from './records/channel-record.ts';

/**
 * What a commit stores: the channel as it was merged, with the payment in place of what was paid before. The right to repeat ends with it.
 *
 * @param call - who takes the payment, for which request and at whose prices
 */
export function paidRecord(
  merged: MergedChannel,
  payment: Payment,
  call: Pick<ChannelRecord, 'op' | 'by' | 'schedule' | 'request'>,
): ChannelRecord {
  const { channelId, nonce, sender, signer, recipient, groupId, chainValue, expiration } = merged;
  return {
    channelId,
    nonce,
    sender,
    signer,
    recipient,
    groupId,
    fullAmount: chainValue,
    expiration,
    authorizedAmount: payment.amount,
    ...(payment.amount === 0n ? {} : { signature: payment.signature }),
    ...call,
    repeat: false,
  };
}
