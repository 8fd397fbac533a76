import { compareBytes } from '../../content/object-id.ts';
import type { StateRecord } from '../../state/state-store.ts';
import type { ChainOptions, ChannelView, NonceEnding } from '../chain/chain-reader.ts';
import { decodeEnded, type EndedRecord, encodeEnded } from '../records/ended-record.ts';
import type { ClaimParts } from './claim-parts.ts';
import { clearTxn } from './clear-txn.ts';
import { endedRecord, reportEnding } from './ended-nonce.ts';

/**
 * Looks again at a nonce that was over, until that is deep enough below the latest block: a reorganisation may have opened it, or have ended it in
 * another way.
 *
 * @returns the entry while it is open again: its amount has to be claimed anew
 */
export async function recheckEnded(
  parts: ClaimParts,
  { view, record }: { readonly view: ChannelView; readonly record: StateRecord },
  options: ChainOptions,
): Promise<EndedRecord | undefined> {
  const entry = decodeEnded(record.value);
  const { nonce, amount } = entry;
  const { channelId } = view;
  if (view.nonce <= nonce) {
    parts.events.reopened?.({ channelId, nonce, amount });
    return entry;
  }
  const ending = await parts.chain.ending(channelId, nonce, options);
  // An end that was known and cannot be read now is looked at another time.
  if (ending.is === 'unknown' && entry.outcome !== 'unknown') return undefined;
  const next = endedRecord(entry, ending, entry.block);
  const isFinal = view.block >= next.block + parts.finalityBlocks;
  await replace(parts, record, isFinal ? { ...next, final: true } : next);
  if (isOther(entry, ending)) reportEnding(parts.events, { channelId, nonce, amount }, ending);
  return undefined;
}

async function replace(
  { state }: ClaimParts,
  { key, value, modRevision }: StateRecord,
  next: EndedRecord,
): Promise<void> {
  const encoded = encodeEnded(next);
  if (compareBytes(encoded, value) === 0) return;
  const compare = [{ key, modRevision }];
  await clearTxn(state, { compare, then: [{ put: key, value: encoded }], proof: { key, value: encoded } });
}

function isOther(entry: EndedRecord, ending: NonceEnding): boolean {
  return ending.is !== entry.outcome || (ending.is === 'paid' && ending.amount !== entry.claimedAmount);
}
