import type { StateRecord } from '../../state/state-store.ts';
import type { ChainOptions, ChannelView } from '../chain/chain-reader.ts';
import { decodeChannel, encodeChannel } from '../records/channel-record.ts';
import { encodeEnded } from '../records/ended-record.ts';
import type { ClaimParts } from './claim-parts.ts';
import { clearTxn } from './clear-txn.ts';
import { emptiedRecord, OPERATION_SIZE } from './emptied-record.ts';
import { endedRecord, reportEnding } from './ended-nonce.ts';

/**
 * Keeps an amount whose nonce the chain has passed without a claim of ours: it goes under `ended/`, and the channel starts on the nonce of the chain.
 * A call that has the channel does the same when it commits, so nothing is done while there is one.
 * @see payment-channels.md, section 11
 */
export async function finishLostAmount(
  parts: ClaimParts,
  { view, record }: { readonly view: ChannelView; readonly record: StateRecord },
  options: ChainOptions,
): Promise<void> {
  const stored = decodeChannel(record.value);
  const { nonce, authorizedAmount: amount, signature } = stored;
  if (stored.nonce >= view.nonce || signature === undefined) return;
  const { channelId } = view;
  const ending = await parts.chain.ending(channelId, nonce, options);
  const ended = { key: parts.keys.ended(channelId, nonce), createRevision: 0n };
  const value = encodeEnded(endedRecord({ nonce, amount, signature }, ending, view.block));
  const now = { nonce: view.nonce, op: parts.random(OPERATION_SIZE) };
  const renewed = encodeChannel(emptiedRecord(stored, view, now));
  const { succeeded } = await clearTxn(parts.state, {
    compare: [
      { key: record.key, modRevision: record.modRevision },
      { key: parts.keys.lock(channelId), createRevision: 0n },
      ended,
    ],
    then: [
      { put: ended.key, value },
      { put: record.key, value: renewed },
    ],
    proof: { key: record.key, value: renewed },
  });
  if (succeeded) reportEnding(parts.events, { channelId, nonce, amount }, ending);
}
