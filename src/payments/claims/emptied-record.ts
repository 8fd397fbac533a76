import type { ChannelView } from '../chain/chain-reader.ts';
import type { ChannelRecord } from '../records/channel-record.ts';

/** Bytes that name an operation. */
export const OPERATION_SIZE = 16;

/**
 * The record of a channel that goes on with another nonce, on which nothing is signed yet. A right to repeat ends with the old one.
 * @param op - of the operation that writes it
 */
export function emptiedRecord(
  stored: ChannelRecord,
  view: ChannelView,
  { nonce, op }: Pick<ChannelRecord, 'nonce' | 'op'>,
): ChannelRecord {
  const { channelId, sender, signer, recipient, groupId, by, schedule, request } = stored;
  const parties = { sender, signer, recipient, groupId };
  const onChain = { fullAmount: view.value, expiration: view.expiration };
  const last = { op, by, schedule, request, repeat: false };
  return { channelId, nonce, ...parties, ...onChain, authorizedAmount: 0n, ...last };
}
