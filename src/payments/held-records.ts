import type { StateRecord, StateStore } from '../state/state-store.ts';
import type { ChainOptions } from './chain/chain-reader.ts';
import type { PaymentKeys } from './payment-keys.ts';
import type { ChannelRecord } from './records/channel-record.ts';
import type { ClaimRecord } from './records/claim-record.ts';
import { decodeEnded, type EndedRecord } from './records/ended-record.ts';
import { allRecords } from './replica/all-records.ts';
import { decodeHeld } from './validate.ts';

/** Where the records are. */
export interface RecordPlace {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
}

/** What the state store has of a channel. */
export interface HeldChannel {
  readonly channel: StateRecord | undefined;
  readonly claimRecord: StateRecord | undefined;
  readonly stored?: ChannelRecord;
  readonly claim?: ClaimRecord;
}

/**
 * Reads record and provider claim of a channel at one moment: between two reads a claim could be started, and its amount be seen twice or not at all.
 * @throws ProvenderError `PROVENDER_CHANNEL` for a record that cannot be read; what the state store throws
 */
export async function readHeldChannel(
  { state, keys }: RecordPlace,
  channelId: bigint,
  options?: ChainOptions,
): Promise<HeldChannel> {
  const then = [{ get: keys.channel(channelId) }, { get: keys.claim(channelId) }];
  const [channel, claimRecord] = (await state.txn({ then }, options)).records;
  const decoded = decodeHeld({ channel: channel?.value, claim: claimRecord?.value });
  return { channel, claimRecord, ...decoded };
}

/** All `ended/` entries of a channel, by nonce. @throws as `readHeldChannel` */
export async function readEnded({ state, keys }: RecordPlace, channelId: bigint): Promise<EndedRecord[]> {
  const ended: EndedRecord[] = [];
  for await (const { value } of allRecords(state, keys.endedOf(channelId))) ended.push(decodeEnded(value));
  return ended;
}
