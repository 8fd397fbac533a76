import type { StateRecord } from '../../state/state-store.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { decodeChannel } from '../records/channel-record.ts';
import { decodeEnded } from '../records/ended-record.ts';
import { allRecords } from '../replica/all-records.ts';
import type { ClaimParts } from './claim-parts.ts';

/** The records of one channel that the chain may have a word on. */
export interface OpenRecords {
  claim?: StateRecord;
  /** Those that are not final, by nonce. */
  readonly ended: StateRecord[];
  /** The channel record, when something was signed on it and the sender may have taken the channel back, or somebody asks for it. */
  signed?: StateRecord;
}

/**
 * Lists them by channel id. A record that cannot be read is told, and left as it is.
 * @param asked - channels whose record is wanted also before they have expired
 */
export async function readOpenRecords(
  parts: ClaimParts,
  asked: readonly bigint[],
): Promise<Map<bigint, OpenRecords>> {
  const { state, keys } = parts;
  const open = new Map<bigint, OpenRecords>();
  const of = (channelId: bigint): OpenRecords => {
    const known = open.get(channelId) ?? { ended: [] };
    open.set(channelId, known);
    return known;
  };
  for await (const record of allRecords(state, keys.claims)) of(keys.channelIdOf(record.key)).claim = record;
  for await (const record of allRecords(state, keys.allEnded)) {
    const { channelId } = keys.endedIdOf(record.key);
    if (readable(parts, channelId, () => decodeEnded(record.value).final !== true))
      of(channelId).ended.push(record);
  }
  const block = parts.chain.currentBlock();
  for await (const record of allRecords(state, keys.channels)) {
    const channelId = keys.channelIdOf(record.key);
    const isAsked = asked.includes(channelId);
    if (readable(parts, channelId, () => mayBeLost(record, isAsked ? undefined : block)))
      of(channelId).signed = record;
  }
  return open;
}

/** The expiration on the chain is never earlier than the stored one, while the channel is as it was. Without a block, any time will do. */
function mayBeLost({ value }: StateRecord, block: bigint | undefined): boolean {
  const { authorizedAmount, expiration } = decodeChannel(value);
  return authorizedAmount !== 0n && (block === undefined || block >= expiration);
}

function readable(parts: ClaimParts, channelId: bigint, fact: () => boolean): boolean {
  try {
    return fact();
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    parts.events.channelFailed?.({ channelId, error });
    return false;
  }
}
