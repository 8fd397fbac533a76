import { ProvenderError } from '../../content/provender-error.ts';
import type { ChainOptions, ChannelView } from '../chain/chain-reader.ts';
import { channelName } from '../refusals.ts';
import type { EndedRecord } from '../records/ended-record.ts';
import type { ClaimParts } from './claim-parts.ts';
import { finishClaim } from './finish-claim.ts';
import { finishLostAmount } from './finish-lost-amount.ts';
import { recheckEnded } from './recheck-ended.ts';
import { type OpenRecords, readOpenRecords } from './open-records.ts';

/** What a sweep found of one channel. */
export interface SweptChannel {
  readonly view: ChannelView;
  /** Ended nonces that a reorganisation has opened again. */
  readonly reopened: readonly EndedRecord[];
}

/** Channels that are looked at at the same time. */
const AT_ONCE = 8;

/**
 * Looks at the chain for every channel with something unfinished: closes claims that are over, keeps amounts that went by without one, and looks again
 * at ends that are not final. What one channel throws is told, and stops no other.
 *
 * @param asked - channels that are looked at in any case, when something was signed on them
 * @returns by channel id, without those that failed
 * @throws ProvenderError as the state store does when the records cannot be listed
 * @see payment-channels.md, section 9, "Finish"
 */
export async function sweepClaims(
  parts: ClaimParts,
  asked: readonly bigint[],
  options: ChainOptions = {},
): Promise<Map<bigint, SweptChannel>> {
  const open = await readOpenRecords(parts, asked);
  const swept = new Map<bigint, SweptChannel>();
  const waiting = open.entries();
  const work = async (): Promise<void> => {
    for (const [channelId, records] of waiting) {
      try {
        swept.set(channelId, await sweepChannel(parts, { channelId, records }, options));
      } catch (error) {
        parts.events.channelFailed?.({ channelId, error });
      }
      options.signal?.throwIfAborted();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return swept;
}

async function sweepChannel(
  parts: ClaimParts,
  { channelId, records }: { channelId: bigint; records: OpenRecords },
  options: ChainOptions,
): Promise<SweptChannel> {
  const view = await parts.chain.read(channelId, options);
  if (view === undefined) {
    const message = `channel ${channelName(channelId)} is not on the blockchain`;
    throw new ProvenderError('PROVENDER_CHANNEL', message);
  }
  if (records.claim !== undefined) await finishClaim(parts, { view, record: records.claim }, options);
  const reopened: EndedRecord[] = [];
  for (const record of records.ended) {
    const entry = await recheckEnded(parts, { view, record }, options);
    if (entry !== undefined) reopened.push(entry);
  }
  if (records.signed !== undefined) await finishLostAmount(parts, { view, record: records.signed }, options);
  return { view, reopened };
}
