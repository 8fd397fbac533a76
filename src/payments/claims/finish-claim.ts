import type { StateRecord } from '../../state/state-store.ts';
import type { ChainOptions, ChannelView } from '../chain/chain-reader.ts';
import { decodeClaim } from '../records/claim-record.ts';
import { encodeEnded } from '../records/ended-record.ts';
import type { ClaimParts } from './claim-parts.ts';
import { clearTxn } from './clear-txn.ts';
import { endedRecord, reportEnding } from './ended-nonce.ts';

/**
 * Closes a claim whose nonce the chain has passed: its signature goes on under `ended/`, with the way in which the nonce ended. Nothing is done while
 * it is outstanding, or when another replica was faster.
 */
export async function finishClaim(
  parts: ClaimParts,
  { view, record }: { readonly view: ChannelView; readonly record: StateRecord },
  options: ChainOptions,
): Promise<void> {
  const claim = decodeClaim(record.value);
  const { nonce, amount, startBlock } = claim;
  if (view.nonce <= nonce) return;
  const { channelId } = view;
  const ending = await parts.chain.ending(channelId, nonce, { ...options, fromBlock: startBlock });
  const key = parts.keys.ended(channelId, nonce);
  const value = encodeEnded(endedRecord(claim, ending, view.block));
  const { succeeded } = await clearTxn(parts.state, {
    compare: [
      { key: record.key, modRevision: record.modRevision },
      { key, createRevision: 0n },
    ],
    then: [{ put: key, value }, { delete: record.key }],
    proof: { key, value },
  });
  if (succeeded) reportEnding(parts.events, { channelId, nonce, amount }, ending);
}
